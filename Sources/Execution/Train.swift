import Foundation
import Kernels
import Planning
import Training

/// What a training run needs to know.
package struct TrainingRequest: Sendable {
  package var spec: RunSpec
  package var seed: Seed
  package var replicate: Int
  /// The folder `datasets`.
  package var datasets: URL
  /// Where checkpoints are kept and looked for.
  package var checkpoints: URL
  /// File that gets the final weights.
  package var weights: URL
  /// File with the weights to start from; nil for new ones.
  package var initialWeights: URL?
  /// File with the weights whose layers' shares the budget takes over; nil for none.
  package var budgetSource: URL?
  /// File with the weights of the network that teaches; nil for none.
  package var teacher: URL?
  /// Seconds after which a checkpoint is due inside an epoch.
  package var checkpointInterval: Double
}

/// Trains one network: reports what it finds out, asks between steps whether it should stop, and continues from the
/// newest checkpoint that is whole.
///
/// The production one is `TrainingJob.run`; tests have their own.
package typealias Train = (
  _ request: TrainingRequest,
  _ report: (TrainingFact) throws -> Void,
  _ shouldStop: () -> Bool
) throws -> TrainingOutcome
