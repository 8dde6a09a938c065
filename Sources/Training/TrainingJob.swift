import Datasets
import Foundation
import Kernels
import Networks
import Pruning

/// One training run: what to train, on what, and where its files go.
package struct TrainingJob: Sendable {
  package var model: ModelConfig
  package var data: DataConfig
  package var training: TrainingConfig
  package var pruning: PruningConfig
  package var seed: Seed
  /// Decides the split of a data set with folds; 0, 1, ….
  package var replicate: Int
  /// Folder of the data sets.
  package var datasets: URL
  /// Folder of this run's checkpoints; made if it is not there.
  package var checkpoints: URL
  /// File that receives the frozen weights.
  package var exportTo: URL

  package init(
    model: ModelConfig, data: DataConfig, training: TrainingConfig, pruning: PruningConfig, seed: Seed, replicate: Int,
    datasets: URL, checkpoints: URL, exportTo: URL
  ) {
    self.model = model
    self.data = data
    self.training = training
    self.pruning = pruning
    self.seed = seed
    self.replicate = replicate
    self.datasets = datasets
    self.checkpoints = checkpoints
    self.exportTo = exportTo
  }

  /// Trains from the newest checkpoint that verifies, or from the start, to the end or to a request to stop.
  ///
  /// `shouldStop` is asked once before every step.
  ///
  /// - Returns: how the attempt ended; reaching the end, stopping on request and diverging are all results.
  /// - Throws: `DatasetError`, `PruningError`, `TrainingError`, and what `report` throws.
  package func run(
    report: (TrainingFact) throws -> Void, shouldStop: () -> Bool
  ) throws -> TrainingOutcome {
    let dataset = try DatasetStore(root: datasets).load(data.dataset)
    let split = try dataset.split(replicate: replicate, config: data)
    let trainer = try Trainer(self, training: split.training, test: split.test)
    return try trainer.run(report: report, shouldStop: shouldStop)
  }
}
