import Datasets
import Networks
import Pruning
import Training

/// Everything that decides a run's result except its seed and the engine's numerics version, all defaults filled in.
///
/// Its canonical form is hashed to the spec id and stored beside the results. Host, paths, threads and logging are not
/// part of it.
package struct RunSpec: Codable, Equatable, Sendable {
  /// Version of this structure; raised when a field is added or changes its meaning.
  package static let schema = 1

  package var schema: Int
  package var profile: Profile
  package var data: DataConfig
  package var model: NetworkConfig
  package var training: TrainingConfig
  package var pruning: PruningConfig

  // What follows is left out of a configuration's text where it is not set, so that configurations written before it
  // existed keep their text and with it their runs' identities.

  /// Spec id of the runs whose exported weights these runs start from, replicate by replicate; nil for new weights.
  package var start: String?
  /// Spec id of the runs whose layers' shares a transferred budget takes over, replicate by replicate; nil for none.
  package var budgetSource: String?
  /// Spec id of the runs whose networks teach these, replicate by replicate; nil for none.
  package var teacher: String?

  package init(
    profile: Profile, data: DataConfig, model: NetworkConfig, training: TrainingConfig, pruning: PruningConfig,
    start: String? = nil, budgetSource: String? = nil, teacher: String? = nil
  ) {
    self.schema = Self.schema
    self.profile = profile
    self.data = data
    self.model = model
    self.training = training
    self.pruning = pruning
    self.start = start
    self.budgetSource = budgetSource
    self.teacher = teacher
  }

  /// Spec ids of the runs that must have succeeded before these, each once.
  package var sources: [String] {
    var sources: [String] = []
    for source in [start, budgetSource, teacher].compactMap(\.self) where !sources.contains(source) {
      sources.append(source)
    }
    return sources
  }

  /// Names of the data sets that these runs read: examples, and pre-trained weights.
  package var datasets: [String] { [data.dataset] + model.datasets }
}

/// Scale at which a study is run.
package enum Profile: String, Codable, Sendable, CaseIterable {
  case smoke
  case quick
  case bench
  case paper
}

extension RunSpec {
  /// Epochs over all rounds of a method that trains in rounds, from where each starts again.
  package var trainedEpochs: Double {
    let epochs = Double(training.epochs)
    guard case .iterativeMagnitude(let rounds, let rewind) = pruning.method else { return epochs }
    return epochs + Double(rounds) * (epochs - rewind)
  }
}
