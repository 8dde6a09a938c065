import Inference
import Kernels
import Networks
import RunStore
import Training

/// One network in dense kernels beside the kernels that were chosen for it, measured in turn.
package struct ModelBench: Encodable {
  package let model: String
  package let network: String
  package let batch: Int
  package let threads: Int
  package let rounds: Int
  package let layers: [Layer]
  package let dense: Total
  package let chosen: Total
  /// Median of the dense plan over that of the chosen one.
  package let speedup: Double

  package struct Layer: Encodable {
    package let path: String
    package let output: [Int]
    package let implementation: String
    package let reason: String
    package let weights: Int
    package let nonzeros: Int
    /// Medians.
    package let denseSeconds: Double
    package let seconds: Double
    /// Whether it has weights, and its kernel multiplies those that are zero too.
    package let isDense: Bool
  }

  package struct Total: Encodable {
    package let seconds: Latency.Quartiles
    package let examplesPerSecond: Double
    package let activationBytes: Int
  }

  /// - Throws: `DeploymentError`; `InferenceError.unsupportedLayer`.
  /// - Cost: the choice of kernels, and all rounds of both plans.
  package init(_ model: DeployedModel, batch: Int, threads: Int, warmup: Int, rounds: Int) throws {
    let (graph, input) = (try model.frozenGraph(), try model.inputShape(batch: batch))
    let plans = [
      try InferencePlan(graph, input: input, choice: .dense), try InferencePlan(graph, input: input, choice: .measured),
    ]
    let times = LatencyRounds(plans, warmup: warmup, rounds: rounds)
    self.model = model.name
    network = model.config.description
    self.batch = batch
    self.threads = threads
    self.rounds = rounds
    layers = plans[1].layers.enumerated().map { index, layer in
      Layer(
        path: layer.path.isEmpty ? "pooling" : layer.path, output: layer.output.extents,
        implementation: layer.implementation.rawValue, reason: layer.reason, weights: layer.weights,
        nonzeros: layer.nonzeros, denseSeconds: Latency.Quartiles(of: times.layers[0][index]).median,
        seconds: Latency.Quartiles(of: times.layers[1][index]).median, isDense: layer.isDense)
    }
    let totals = zip(plans, times.totals).map { plan, seconds in
      let seconds = Latency.Quartiles(of: seconds)
      return Total(
        seconds: seconds, examplesPerSecond: Double(batch) / seconds.median, activationBytes: plan.activationBytes)
    }
    (dense, chosen) = (totals[0], totals[1])
    speedup = totals[0].seconds.median / totals[1].seconds.median
  }
}

extension PlannedLayer {
  /// Whether it has weights, and its kernel multiplies those that are zero too.
  package var isDense: Bool { weights > 0 && implementation != .sparseProduct }
}
