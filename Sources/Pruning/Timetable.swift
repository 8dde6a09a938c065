import Glibc

/// A pruning schedule in steps: which share of the target is in force at which step.
///
/// The share changes where the warm-up ends, at epoch edges during the ramp, and where the ramp ends; there it is
/// exactly 1, even in the middle of an epoch. It is a function of the step alone, so a resumed run needs no memory.
package struct Timetable: Equatable, Sendable {
  /// First step of pruning.
  package let startStep: Int
  /// First step from which on the whole target is in force for good.
  package let endStep: Int
  /// Share that a sigmoid ramp has come to at `endStep`, where that falls short of the target; nil elsewhere.
  ///
  /// Short is below 0.999, which is `steepness (e - E / 2)` below 7.
  package let forcedFrom: Double?
  /// Steps at which masks are decided, with the share from there on, in order.
  private let updates: [Update]

  /// A moment of decision.
  private struct Update: Equatable, Sendable {
    let step: Int
    let share: Double
  }

  /// - Precondition: `stepsPerEpoch` > 0 and a validated schedule.
  package init(_ schedule: PruningSchedule, ramp: Ramp, stepsPerEpoch: Int, totalSteps: Int = 1 << 40) {
    precondition(stepsPerEpoch > 0, "timetable: \(stepsPerEpoch) steps an epoch")
    let start = Self.step(atEpoch: schedule.warmupEpochs, stepsPerEpoch)
    let end = Self.step(atEpoch: schedule.warmupEpochs + schedule.rampEpochs, stepsPerEpoch)
    var updates: [Update] = []
    var forcedFrom: Double?
    switch ramp {
    case .beforeTraining:
      updates = [Update(step: 0, share: 1)]
    case .atStart:
      updates = [Update(step: start, share: 1)]
    case .everyEpoch:
      updates = [Update(step: start, share: 1)]
      let edges = stride(from: (start / stepsPerEpoch + 1) * stepsPerEpoch, to: totalSteps, by: stepsPerEpoch)
      updates += edges.map { Update(step: $0, share: 1) }
    case .alternating:
      updates = Self.phases.map { phase in
        Update(step: Int((phase.start * Double(totalSteps)).rounded()), share: phase.isSparse ? 1 : 0)
      }
    case .rounds(let rounds, let rewindEpochs, let sparsity):
      let rewind = Self.step(atEpoch: rewindEpochs, stepsPerEpoch)
      let cycle = (totalSteps + rounds * rewind) / (rounds + 1)
      updates = (1...rounds).map { round in
        // The same share of what is left goes in every round.
        let reached = 1 - pow(1 - sparsity, Double(round) / Double(rounds))
        return Update(
          step: cycle + (round - 1) * (cycle - rewind),
          share: round == rounds || sparsity == 0 ? 1 : reached / sparsity)
      }
    case .sigmoid(let steepness):
      let epochs = Double(totalSteps) / Double(stepsPerEpoch)
      func share(atEpoch epoch: Double) -> Double { 1 / (1 + exp(-steepness * (epoch - epochs / 2))) }
      for edge in stride(from: stepsPerEpoch, to: end, by: stepsPerEpoch) {
        updates.append(Update(step: edge, share: min(share(atEpoch: Double(edge / stepsPerEpoch)), 1.0.nextDown)))
      }
      let reached = share(atEpoch: schedule.warmupEpochs + schedule.rampEpochs)
      forcedFrom = reached < 0.999 ? reached : nil
      updates.append(Update(step: end, share: 1))
      // Scores go on moving: masks are chosen anew until the end of training.
      updates += stride(from: (end / stepsPerEpoch + 1) * stepsPerEpoch, to: totalSteps, by: stepsPerEpoch).map {
        Update(step: $0, share: 1)
      }
    case .intervals(let interval, let initialShare):
      if initialShare > 0, start > 0 { updates.append(Update(step: 0, share: initialShare)) }
      for step in stride(from: start, to: end, by: interval) {
        let progress = Ramp.cubic.share(at: Double(step - start) / Double(end - start))
        updates.append(Update(step: step, share: min(initialShare + (1 - initialShare) * progress, 1.0.nextDown)))
      }
      updates.append(Update(step: end, share: 1))
    case .linear, .cubic, .atEnd:
      if start < end {
        updates.append(Update(step: start, share: ramp.share(at: 0)))
        for edge in stride(from: (start / stepsPerEpoch + 1) * stepsPerEpoch, to: end, by: stepsPerEpoch) {
          let progress = (Double(edge / stepsPerEpoch) - schedule.warmupEpochs) / schedule.rampEpochs
          let share = ramp.share(at: min(progress, 1.0.nextDown))
          if share != updates.last?.share { updates.append(Update(step: edge, share: share)) }
        }
      }
      updates.append(Update(step: end, share: 1))
    }
    self.updates = updates
    self.forcedFrom = forcedFrom
    startStep =
      switch ramp {
      // A random mask from step 0 on is not the start of pruning.
      case .intervals: start
      case .alternating: updates.first { $0.share > 0 }?.step ?? 0
      default: updates[0].step
      }
    let lastBelow = updates.lastIndex { $0.share < 1 }
    endStep = updates[lastBelow.map { $0 + 1 } ?? 0].step
  }

  /// Steps at which masks are decided, in order; the last ones may lie behind the end of a short training.
  package var updateSteps: [Int] { updates.map(\.step) }

  /// Share of the target in force when `step` optimizer steps are done.
  package func share(at step: Int) -> Double { last(at: step)?.share ?? 0 }

  /// Whether masks are decided at `step`.
  package func isUpdate(_ step: Int) -> Bool { last(at: step)?.step == step }

  /// The newest update at `step`, by halving: there may be one for every step.
  private func last(at step: Int) -> Update? {
    var (low, high) = (0, updates.count)
    while low < high {
      let middle = (low + high) / 2
      if updates[middle].step <= step { low = middle + 1 } else { high = middle }
    }
    return low > 0 ? updates[low - 1] : nil
  }

  /// Dense and sparse phases of AC/DC as fractions of training: ten percent dense, then five percent each, a longer last
  /// dense phase, and a sparse end.
  ///
  /// - Source: Peste et al. 2021, arXiv 2106.12379, the schedule of 100 epochs on ImageNet.
  private static let phases: [(start: Double, isSparse: Bool)] = {
    var phases: [(start: Double, isSparse: Bool)] = []
    for half in 2...14 { phases.append((Double(half) * 0.05, half % 2 == 0)) }
    return phases + [(0.75, false), (0.85, true)]
  }()

  /// The first step at or after `epoch`; rounding errors in the product move nothing by a step.
  private static func step(atEpoch epoch: Double, _ stepsPerEpoch: Int) -> Int {
    Int((epoch * Double(stepsPerEpoch) - 1e-6).rounded(.up))
  }
}
