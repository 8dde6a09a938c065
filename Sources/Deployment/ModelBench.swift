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
    /// Names of its kernels, those that change layouts included.
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
    let plans = [
      try model.compiled(batch: batch, choice: .dense), try model.compiled(batch: batch, choice: .measured),
    ]
    let times = LatencyRounds(plans, warmup: warmup, rounds: rounds)
    self.model = model.name
    network = model.config.description
    self.batch = batch
    self.threads = threads
    self.rounds = rounds
    let dense = Dictionary(
      Self.groups(plans[0].layers).map { (plans[0].layers[$0[0]].path, Self.median($0, times.layers[0])) },
      uniquingKeysWith: +)
    layers = Self.groups(plans[1].layers).map { steps in
      let parts = steps.map { plans[1].layers[$0] }
      let layer = parts.first { $0.weights > 0 } ?? parts[parts.count - 1]
      return Layer(
        path: layer.path.isEmpty ? "pooling" : layer.path, output: parts[parts.count - 1].output.extents,
        implementation: parts.map(\.implementation.rawValue).joined(separator: " + "), reason: layer.reason,
        weights: layer.weights, nonzeros: layer.nonzeros, denseSeconds: dense[layer.path] ?? 0,
        seconds: Self.median(steps, times.layers[1]), isDense: layer.isDense)
    }
    let totals = zip(plans, times.totals).map { plan, seconds in
      let seconds = Latency.Quartiles(of: seconds)
      return Total(
        seconds: seconds, examplesPerSecond: Double(batch) / seconds.median, activationBytes: plan.activationBytes)
    }
    (self.dense, chosen) = (totals[0], totals[1])
    speedup = totals[0].seconds.median / totals[1].seconds.median
  }

  /// Steps that come one after the other under one path, such as a change of layout and a product.
  private static func groups(_ layers: [PlannedLayer]) -> [[Int]] {
    layers.indices.reduce(into: []) { groups, index in
      if let last = groups.last?.last, layers[last].path == layers[index].path {
        groups[groups.count - 1].append(index)
      } else {
        groups.append([index])
      }
    }
  }

  /// Median over the rounds of the seconds of `steps` together.
  private static func median(_ steps: [Int], _ seconds: [[Double]]) -> Double {
    Latency.Quartiles(of: seconds[0].indices.map { round in steps.reduce(0) { $0 + seconds[$1][round] } }).median
  }
}

extension PlannedLayer {
  /// Whether it has weights, and its kernel multiplies those that are zero too.
  package var isDense: Bool { weights > 0 && ![.sparseProduct, .sparseConvolution].contains(implementation) }
}
