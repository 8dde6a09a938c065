import Datasets
import Pruning
import Training

extension RunSpec {
  /// Optimizer steps an epoch on the data set of `facts`: a last batch that is not full is left out.
  func stepsPerEpoch(_ facts: DatasetFacts) -> Int {
    let examples = data.trainingLimit ?? facts.trainingExamples
    // The last, shorter batch of images is left out, that of texts is not.
    if case .images = model { return examples / training.batchSize }
    return (examples + training.batchSize - 1) / training.batchSize
  }

  /// Optimizer steps of a run, further trainings of a method with rounds included.
  func totalSteps(_ facts: DatasetFacts) -> Int {
    training.totalSteps(with: pruning.method, stepsPerEpoch: stepsPerEpoch(facts))
  }

  /// Whether the run has a step at its final sparsity, by the rule that keeps a run from starting.
  ///
  /// - Throws: `PlanningError.armWithoutEnd`, which names `arm`.
  func requireEnd(_ facts: DatasetFacts, arm: String) throws(PlanningError) {
    do {
      _ = try pruning.timetable(stepsPerEpoch: stepsPerEpoch(facts), totalSteps: totalSteps(facts))
    } catch {
      throw .armWithoutEnd(
        arm: arm, profile: profile.rawValue, stepsPerEpoch: stepsPerEpoch(facts), reason: "\(error)")
    }
  }
}
