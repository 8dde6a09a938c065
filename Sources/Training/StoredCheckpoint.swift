import Foundation
import Kernels
import Pruning

/// What the newest whole checkpoint of a run says about its weights and masks.
package struct StoredCheckpoint {
  /// Checkpoints of a run that are kept at a time.
  package static let kept = CheckpointFolder.kept

  /// Optimizer steps done.
  package let step: Int
  package let pruning: PruningState
  /// Parameters and running statistics by path, before anything is frozen.
  package let weights: [String: Tensor]
  /// Whether an average is exported in the place of these weights.
  package let isAveraged: Bool

  /// The newest checkpoint in `folder` whose digests hold, nil without one, and what is wrong with newer ones.
  package static func newest(in folder: URL) -> (checkpoint: StoredCheckpoint?, faults: [String]) {
    let (checkpoint, faults) = CheckpointFolder(folder).newest()
    return (
      checkpoint.map {
        StoredCheckpoint(
          step: $0.state.step, pruning: $0.state.pruning, weights: $0.weights, isAveraged: $0.average != nil)
      }, faults
    )
  }
}
