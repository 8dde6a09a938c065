import Pruning

/// How a run's steps divide into trainings: one, or several with a return to an early step in between.
struct TrainingCycles: Equatable {
  /// Steps of one training.
  let length: Int
  /// Step that every further training starts again from; nil where there is one training only.
  let rewindStep: Int?
  let totalSteps: Int

  init(_ method: MethodConfig, epochs: Int, stepsPerEpoch: Int) {
    length = epochs * stepsPerEpoch
    guard case .iterativeMagnitude(let rounds, let rewindEpochs) = method else {
      rewindStep = nil
      totalSteps = length
      return
    }
    let rewind = Int((rewindEpochs * Double(stepsPerEpoch) - 1e-6).rounded(.up))
    rewindStep = rewind
    totalSteps = length + rounds * (length - rewind)
  }

  /// Step within its training that `step` of the run counts as, for the learning rate.
  func stepWithinTraining(_ step: Int) -> Int {
    guard let rewindStep, step >= length else { return step }
    return rewindStep + (step - length) % (length - rewindStep)
  }
}

extension TrainingConfig {
  /// Optimizer steps of a whole run, further trainings of a method with rounds included.
  package func totalSteps(with method: MethodConfig, stepsPerEpoch: Int) -> Int {
    TrainingCycles(method, epochs: epochs, stepsPerEpoch: stepsPerEpoch).totalSteps
  }
}
