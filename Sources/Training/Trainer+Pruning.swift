import Autodiff
import Foundation
import Kernels
import Networks
import Pruning

extension Trainer {
  /// Shares pruned of every target in the run that the budget is taken from, counted in its exported weights.
  static func transferredShares(_ job: TrainingJob, _ targets: [any PruningTarget]) throws -> [String: Double] {
    guard job.pruning.budget.rule == .transferred, let source = job.budgetSource else { return [:] }
    let tensors = try SafetensorsFile(readingFrom: source).tensors
    var shares: [String: Double] = [:]
    for target in targets {
      if let channels = target as? ChannelTarget {
        shares[target.path] = zeroChannelShare(channels, in: tensors)
      } else if let tensor = tensors[target.path], tensor.shape == target.shape {
        shares[target.path] = Double(tensor.zeroCount) / Double(max(1, tensor.count))
      }
    }
    return shares
  }

  /// Share of a group's channels whose filters are all zero in `tensors`; nil if these are of another network.
  private static func zeroChannelShare(_ target: ChannelTarget, in tensors: [String: Tensor]) -> Double? {
    guard let producers = target.group.zeroFilters(in: tensors) else { return nil }
    let zero = (0..<target.count).count { channel in producers.allSatisfy { $0[channel] } }
    return Double(zero) / Double(max(1, target.count))
  }

  func learningRate(at step: Int) -> Double {
    job.training.learningRate.rate(
      at: cycles.stepWithinTraining(step), of: cycles.length, stepsPerEpoch: stepsPerEpoch)
  }

  /// Where a round of pruning has just ended, returns what is left to its values at the rewinding step.
  func rewindIfDue() throws {
    guard cycles.rewindStep != nil else { return }
    if let rewindPoint { try network.load(rewindPoint) }
    try forgetMoments()
    session.afterUpdate { path, project in optimizer.withMoments(of: path, project) }
    // A training of its own has an average of its own.
    try average?.restore(WeightAverage.State(values: network.state, updates: 0))
  }

  /// Brings the optimizer back to where it was before its first update: moments, and what corrects for their start.
  func forgetMoments() throws {
    var state = optimizer.state
    state.moments = state.moments.mapValues { Tensor(repeating: 0, shape: $0.shape) }
    state.updates = state.updates.mapValues { _ in 0 }
    try optimizer.restore(state)
  }

  /// Channels that are not masked, by the names of their groups.
  var keptChannels: [String: [Int]] {
    Dictionary(
      session.targets.compactMap { $0 as? ChannelTarget }.map { ($0.path, $0.group.keptIndices()) },
      uniquingKeysWith: { first, _ in first })
  }
}
