import Datasets
import Deployment
import ModelFiles
import Networks
import Planning
import RunStore
import Training

extension ModelTarget {
  /// The network that the word stands for; what a file does not say about it is taken from the run `like`.
  ///
  /// - Throws: `UsageError`, `WeightsError`, `DeploymentError`, `RunAuditError`, `RunStoreError`.
  func deployed(_ global: GlobalOptions, like: String?, normalizing: Bool) throws -> DeployedModel {
    let datasets = DatasetStore(root: global.datasets)
    guard isFile else {
      guard like == nil else { throw UsageError("--like is for files: a run's configuration says its network") }
      let store = try global.openStore()
      return try store.deployed(store.runID(startingWith: text), datasets: datasets, normalizing: normalizing)
    }
    let contents = try readFile().contents
    guard let like else { return try DeployedModel(contents, name: text) }
    let store = try global.openStore()
    let run = try store.model(
      of: store.runID(startingWith: like), shrinking: false, normalizing: normalizing, datasets: datasets)
    return try DeployedModel(contents, name: text, like: run.metadata)
  }
}

extension RunStore {
  /// The network of a finished run, without the channels that were pruned.
  func deployed(_ run: String, datasets: DatasetStore, normalizing: Bool) throws -> DeployedModel {
    try DeployedModel(model(of: run, shrinking: true, normalizing: normalizing, datasets: datasets), name: run)
  }
}
