extension PruningConfig {
  /// Checks what can be known before the network and the data are.
  ///
  /// - Throws: the first fault, among them `.scheduleTooLong` if the schedule would end below its target.
  package func validate(epochs: Double) throws(PruningError) {
    guard sparsity >= 0 && sparsity < 1 else { throw .sparsityOutOfRange(sparsity) }
    guard budget.cap >= 0 && budget.cap <= 1 else { throw .capOutOfRange(budget.cap) }
    switch method {
    case .dense:
      guard sparsity == 0 else { throw .sparsityOfDense(sparsity) }
      return
    case .pdp(temperature: .absolute(let value)), .pdp(temperature: .relative(let value)):
      guard value > 0 && value.isFinite else { throw .temperatureNotPositive(value) }
    case .gmp, .oneShot, .random:
      break
    }
    let (warmup, ramp) = (schedule.warmupEpochs, schedule.rampEpochs)
    guard warmup >= 0 && ramp >= 0 && warmup.isFinite && ramp.isFinite else {
      throw .scheduleNegative(warmupEpochs: warmup, rampEpochs: ramp)
    }
    guard warmup + ramp < epochs else {
      throw .scheduleTooLong(warmupEpochs: warmup, rampEpochs: ramp, epochs: epochs)
    }
  }
}
