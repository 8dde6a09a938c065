/// A pruning schedule in steps: which share of the target is in force at which step.
///
/// The share changes where the warm-up ends, at epoch edges during the ramp, and where the ramp ends; there it is
/// exactly 1, even in the middle of an epoch. It is a function of the step alone, so a resumed run needs no memory.
package struct Timetable: Equatable, Sendable {
  private let ramp: Ramp
  private let schedule: PruningSchedule
  private let stepsPerEpoch: Int
  /// First step after the warm-up.
  package let startStep: Int
  /// First step at the whole target.
  package let endStep: Int

  /// - Precondition: `stepsPerEpoch` > 0 and a validated schedule.
  package init(_ schedule: PruningSchedule, ramp: Ramp, stepsPerEpoch: Int) {
    precondition(stepsPerEpoch > 0, "timetable: \(stepsPerEpoch) steps an epoch")
    self.ramp = ramp
    self.schedule = schedule
    self.stepsPerEpoch = stepsPerEpoch
    self.startStep = Self.step(atEpoch: schedule.warmupEpochs, stepsPerEpoch)
    self.endStep =
      ramp == .atStart
      ? startStep : Self.step(atEpoch: schedule.warmupEpochs + schedule.rampEpochs, stepsPerEpoch)
  }

  /// Share of the target in force when `step` optimizer steps are done.
  package func share(at step: Int) -> Double {
    if step < startStep { return 0 }
    if step >= endStep { return 1 }
    let edge = max(Double(step / stepsPerEpoch), schedule.warmupEpochs)
    return ramp.share(at: min((edge - schedule.warmupEpochs) / schedule.rampEpochs, 1.0.nextDown))
  }

  /// Whether pruning starts or the share changes at `step`.
  package func isUpdate(_ step: Int) -> Bool {
    step == startStep || (step > startStep && share(at: step) != share(at: step - 1))
  }

  /// The first step at or after `epoch`; rounding errors in the product move nothing by a step.
  private static func step(atEpoch epoch: Double, _ stepsPerEpoch: Int) -> Int {
    Int((epoch * Double(stepsPerEpoch) - 1e-6).rounded(.up))
  }
}
