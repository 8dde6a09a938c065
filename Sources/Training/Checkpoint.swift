import Kernels
import Networks
import Pruning

/// Everything that a run needs to continue with the same bits.
struct Checkpoint {
  /// Parameters and running statistics by path.
  var weights: [String: Tensor]
  /// The optimizer's moments, as `OptimizerState` names them.
  var moments: [String: Tensor]
  /// The average of the weights, where one is taken.
  var average: [String: Tensor]?
  /// What the pruning method learns besides weights, by path, and its optimizer's moments; nil where nothing is.
  var learned: [String: Tensor]?
  var learnedMoments: [String: Tensor]?
  /// The network that rounds of pruning return to; nil where there is none yet.
  var rewindPoint: [String: Tensor]?
  var state: CheckpointState
}

/// The part of a checkpoint that is not tensors.
struct CheckpointState: Codable, Equatable, Sendable {
  var step: Int
  var pruning: PruningState
  var epoch: EpochTotals
  var seconds: RunSeconds
  /// Updates of each parameter; nil where the optimizer does not count them.
  var updates: [String: Int]?
  /// Updates of the average; nil where none is taken.
  var averageUpdates: Int?
  /// Updates of each learnt tensor; nil where the optimizer does not count them.
  var learnedUpdates: [String: Int]?
}

/// What a checkpoint directory must contain: its files with sizes and digests.
struct CheckpointManifest: Codable, Equatable, Sendable {
  static let schema = 1

  var schema: Int
  var step: Int
  var files: [File]

  struct File: Codable, Equatable, Sendable {
    var name: String
    var bytes: Int
    var sha256: String
  }
}
