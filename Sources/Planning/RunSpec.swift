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
  package var model: ModelConfig
  package var training: TrainingConfig
  package var pruning: PruningConfig

  package init(
    profile: Profile, data: DataConfig, model: ModelConfig, training: TrainingConfig, pruning: PruningConfig
  ) {
    self.schema = Self.schema
    self.profile = profile
    self.data = data
    self.model = model
    self.training = training
    self.pruning = pruning
  }
}

/// Scale at which a study is run.
package enum Profile: String, Codable, Sendable, CaseIterable {
  case smoke
  case quick
  case bench
  case paper
}
