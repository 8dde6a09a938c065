import Kernels
import Pruning

/// Everything that a run needs to continue with the same bits.
struct Checkpoint {
  /// Parameters and running statistics by path.
  var weights: [String: Tensor]
  /// The optimizer's momentum buffers by parameter path.
  var velocities: [String: Tensor]
  var state: CheckpointState
}

/// The part of a checkpoint that is not tensors.
struct CheckpointState: Codable, Equatable, Sendable {
  var step: Int
  var pruning: PruningState
  var epoch: EpochTotals
  var seconds: RunSeconds
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
