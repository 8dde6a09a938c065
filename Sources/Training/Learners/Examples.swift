import Datasets
import Foundation

/// The examples of a run, read once whatever the number of trainings.
enum Examples {
  case images(training: ImageSubset, test: ImageSubset)
  case text(TextExamples)

  /// - Throws: `DatasetError`, `WeightsError`.
  init(of job: TrainingJob) throws {
    let store = DatasetStore(root: job.datasets)
    switch job.model {
    case .images:
      let split = try store.load(job.data.dataset).split(replicate: job.replicate, config: job.data)
      self = .images(training: split.training, test: split.test)
    case .text(let model):
      self = .text(try TextExamples(of: job, model, in: store))
    }
  }

  /// A network of its own for `job`, which is of these examples.
  func learner(for job: TrainingJob) throws -> any Learner {
    switch (self, job.model) {
    case (.images(let training, let test), .images(let model)):
      try ImageLearner(model, job, training: training, test: test)
    case (.text(let examples), .text(let model)): try TextLearner(model, job, examples)
    default: preconditionFailure("Examples.learner: the job's network reads something else")
    }
  }
}
