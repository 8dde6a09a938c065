import Inference
import Networks
import Planning
import RunStore
import Training

/// The networks of a study's arms in use, all measured in the same rounds.
package struct StudyBench {
  /// One finished run with its network.
  package struct Entry {
    package let run: RunRow
    package let model: DeployedModel

    package init(run: RunRow, model: DeployedModel) {
      self.run = run
      self.model = model
    }
  }

  /// Measures `entries`, each beside the first dense one among them that is of the same network and image size.
  ///
  /// - Throws: `DeploymentError`; `InferenceError.unsupportedLayer`.
  /// - Cost: all plans are in memory together; as many runs of each as warmup and rounds say.
  package static func measure(
    _ entries: [Entry], batch: Int, warmup: Int, rounds: Int, provenance: Provenance, at moment: Double
  ) throws -> [Latency] {
    let dense = entries.indices.filter { entries[$0].run.method == Plan.Arm.denseMethod }
    // The dense networks once more at the end, in dense kernels whatever was chosen for them.
    let plans =
      try entries.map { try $0.model.compiled(batch: batch, choice: .measured) }
      + dense.map { try entries[$0].model.compiled(batch: batch, choice: .dense) }
    let seconds = LatencyRounds(plans, warmup: warmup, rounds: rounds).totals.map { Latency.Quartiles(of: $0) }
    return entries.enumerated().map { index, entry in
      let baseline = dense.indices.first { isAlike(entries[dense[$0]].model, entry.model) }
      let weighted = plans[index].layers.filter { $0.weights > 0 }
      return Latency(
        run: entry.run.run, study: entry.run.study, profile: entry.run.profile,
        weightsDigest: entry.run.weightsDigest ?? "", batch: batch, rounds: rounds, seconds: seconds[index],
        denseRun: baseline.map { entries[dense[$0]].run.run },
        denseSeconds: baseline.map { seconds[entries.count + $0] }, layers: weighted.count,
        layersDense: weighted.count(where: \.isDense), activationBytes: plans[index].activationBytes,
        provenance: provenance, measuredAt: moment)
    }
  }

  /// Whether two networks are one but for the channels that were taken out of them.
  private static func isAlike(_ one: DeployedModel, _ other: DeployedModel) -> Bool {
    func whole(_ config: NetworkConfig) -> NetworkConfig {
      switch config {
      case .images(var model):
        model.channels = nil
        return .images(model)
      case .text(var model):
        model.network.encoder.headsLeft = nil
        model.network.encoder.feedForwardLeft = nil
        return .text(model)
      }
    }
    return whole(one.config) == whole(other.config) && one.image == other.image && one.length == other.length
  }
}

extension Plan.Arm {
  /// Method name of a network that is not pruned.
  static let denseMethod = "dense"
}
