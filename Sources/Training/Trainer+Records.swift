import Autodiff
import Digests
import Foundation
import Kernels
import Networks
import Pruning

extension Trainer {
  /// Freezes, evaluates and exports the network, and declares the run's headline numbers.
  func finish(_ report: (TrainingFact) throws -> Void) throws -> TrainingOutcome {
    let asTrained = evaluateUnderMasks().asTrained
    average?.adopt()
    let frozen = try session.freeze(step: step)
    let score = evaluate()
    let digest = try export()
    let zeros = Dictionary(uniqueKeysWithValues: frozen.layers.map { ($0.path, $0.achieved) })
    let results: [(name: String, value: Double)] = [
      ("top1", score.accuracy), ("top1-soft", asTrained.accuracy), ("loss", score.loss),
      ("weights-prunable", Double(frozen.total)), ("weights-pruned-requested", Double(frozen.requested)),
      ("weights-pruned-scheduled", Double(frozen.scheduled)), ("weights-pruned-achieved", Double(frozen.achieved)),
      ("macs-dense", Double(costs.macs)), ("macs-nonzero", Double(costs.macs(withZeros: zeros))),
      ("parameters", Double(network.parameterCount)),
      ("parameters-nonzero", Double(network.parameterCount - frozen.achieved)),
      ("peak-memory-bytes", Double(peakMemoryBytes())), ("training-seconds", seconds.training),
      ("loading-wait-seconds", seconds.waiting),
    ]
    for result in results { try report(.result(name: result.name, step: step, value: result.value)) }
    let sparsity = frozen.total == 0 ? 0 : Double(frozen.achieved) / Double(frozen.total)
    try report(
      .metric(
        MetricPoint(name: "sparsity-achieved", split: "test", step: step, epoch: epochsDone, value: sparsity)))
    return .finished(step: step, weightsDigest: digest)
  }

  /// One point a layer: counts under the hard mask, threshold, temperature, mask flips, weight norm.
  func reportLayers(_ report: (TrainingFact) throws -> Void) throws {
    let norms = Dictionary(
      uniqueKeysWithValues: network.parameters.map {
        ($0.path, Elementwise.squaredNorm($0.parameter.value).squareRoot())
      })
    let indices = Dictionary(uniqueKeysWithValues: layers.map { ($0.name, $0.index) })
    for point in session.layerPoints() {
      try report(
        .layer(
          LayerPoint(
            index: indices[point.path] ?? 0, step: step, epoch: epochsDone, nonzero: point.nonzero, total: point.total,
            threshold: point.threshold, relativeTemperature: point.relativeTemperature, maskFlips: point.maskFlips,
            weightNorm: norms[point.path] ?? 0)))
    }
  }

  /// Says what the budget's cap changed.
  func report(_ update: PruningUpdate, to report: (TrainingFact) throws -> Void) throws {
    for layer in update.capped {
      let uncapped = percent(layer.uncapped, of: layer.weights)
      let capped = percent(layer.pruned, of: layer.weights)
      try report(
        .event(
          level: .info, kind: "budget-capped",
          message: "layer '\(layer.path)' would lose \(uncapped) of its weights; its cap allows \(capped)"))
    }
  }

  private func percent(_ part: Int, of whole: Int) -> String {
    String(format: "%.2f %%", 100 * Double(part) / Double(max(1, whole)))
  }

  /// Writes the frozen network to a temporary name, then renames it.
  ///
  /// - Returns: SHA-256 of the file's bytes, which depend on the weights alone.
  private func export() throws -> String {
    let file = SafetensorsFile(tensors: network.state, metadata: ["architecture": job.model.architecture.rawValue])
    do {
      let bytes = try file.encoded()
      try bytes.write(to: job.exportTo, options: .atomic)
      return SHA256Digest(of: bytes).description
    } catch {
      throw TrainingError.exportUnwritable(path: job.exportTo.path, reason: error.localizedDescription)
    }
  }
}

extension LayerDescription {
  /// Every convolution and linear weight of `costs`.
  package static func descriptions(of costs: [LayerCost]) -> [LayerDescription] {
    costs.filter(\.hasWeight).enumerated().map { index, cost in
      LayerDescription(
        index: index, name: cost.path, operation: cost.operation.rawValue, shape: cost.shape.extents,
        parameters: cost.shape.count, macs: cost.macs, isPrunable: true, reason: "")
    }
  }
}

/// Most memory that this process has held at once, from the kernel's `VmHWM`; 0 where the kernel does not say.
private func peakMemoryBytes() -> Int {
  guard let status = try? String(contentsOfFile: "/proc/self/status", encoding: .utf8) else { return 0 }
  let line = status.split(separator: "\n").first { $0.hasPrefix("VmHWM:") }
  let kilobytes = line?.split(whereSeparator: { !$0.isNumber }).first.flatMap { Int($0) }
  return (kilobytes ?? 0) * 1024
}
