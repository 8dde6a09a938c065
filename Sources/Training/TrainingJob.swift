import Datasets
import Foundation
import Kernels
import Networks
import Pruning

/// One training run: what to train, on what, and where its files go.
package struct TrainingJob: Sendable {
  package var model: NetworkConfig
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
  /// File with the weights to start from; nil for new ones.
  package var initialWeights: URL?
  /// File with the weights whose layers' shares a transferred budget takes over; nil for none.
  package var budgetSource: URL?
  /// File with the weights of the network whose results this one learns from; nil for none.
  package var teacher: URL?
  /// Seconds after which a checkpoint is due inside an epoch.
  ///
  /// Every epoch ends with one in any case. Where checkpoints fall changes no result.
  package var checkpointInterval = defaultCheckpointInterval

  package static let defaultCheckpointInterval = 300.0

  package init(
    model: NetworkConfig, data: DataConfig, training: TrainingConfig, pruning: PruningConfig, seed: Seed,
    replicate: Int,
    datasets: URL, checkpoints: URL, exportTo: URL, initialWeights: URL? = nil, budgetSource: URL? = nil,
    teacher: URL? = nil
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
    self.initialWeights = initialWeights
    self.budgetSource = budgetSource
    self.teacher = teacher
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
    let examples = try Examples(of: self)
    func train(
      _ job: TrainingJob, _ report: (TrainingFact) throws -> Void
    ) throws -> TrainingOutcome {
      try Trainer(job, examples.learner(for: job)).run(report: report, shouldStop: shouldStop)
    }
    guard let search = pruning.search, let knob = pruning.method.knob else { return try train(self, report) }
    let folder = SearchFolder(checkpoints.appending(path: "search"))
    var searching = try folder.read()
    while let value = searching.next(from: knob.value, scale: knob.scale, to: pruning.sparsity, search) {
      let number = searching.trials.count + 1
      try report(
        .event(
          level: .info, kind: "search-trial",
          message: "trial \(number) of at most \(search.trials): training with \(value)"))
      var results: [String: Double] = [:]
      var headline: Double?
      do {
        let outcome = try train(trial(number, knob: value, in: folder)) { fact in
          guard case .result(let name, _, let value) = fact else { return }
          results[name] = value
          headline = headline ?? value
        }
        guard case .finished = outcome else { return outcome }
      } catch PruningError.layerEmptied {
        // Too sparse to be a network at all: the search goes the other way.
        results = ["weights-prunable": 1, "weights-pruned-achieved": 1]
      }
      let sparsity = (results["weights-pruned-achieved"] ?? 0) / max(results["weights-prunable"] ?? 1, 1)
      searching.add(KnobSearching.Trial(knob: value, sparsity: sparsity, top1: headline ?? 0))
      try folder.write(searching)
    }
    for (index, trial) in searching.trials.enumerated() {
      for (name, value) in [("trial-knob", trial.knob), ("trial-sparsity", trial.sparsity), ("trial-top1", trial.top1)]
      {
        try report(
          .metric(MetricPoint(name: name, split: "search", step: index + 1, epoch: Double(index + 1), value: value)))
      }
    }
    var job = self
    job.pruning.method = pruning.method.with(knob: searching.nearest(to: pruning.sparsity)?.knob ?? knob.value)
    var isFirst = true
    return try train(job) { fact in
      try report(fact)
      // Beside the first headline number, once.
      if case .result(_, let step, _) = fact, isFirst {
        isFirst = false
        try report(.result(name: "search-trials", step: step, value: Double(searching.trials.count)))
      }
    }
  }

  /// The job of a trial, whose files lie in the search's folder.
  private func trial(_ number: Int, knob: Double, in folder: SearchFolder) -> TrainingJob {
    var job = self
    job.pruning.search = nil
    job.pruning.method = pruning.method.with(knob: knob)
    job.checkpoints = folder.url.appending(path: "trial-\(number)")
    job.exportTo = folder.url.appending(path: "trial-\(number).safetensors")
    return job
  }
}
