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
    // Counted over all weights, of whichever layers, in what is exported.
    let zeros = Dictionary(
      network.parameters.filter { $0.parameter.role == .weight }.map { ($0.path, $0.parameter.value.zeroCount) },
      uniquingKeysWith: { first, _ in first })
    let weights = network.parameters.filter { $0.parameter.role == .weight }.reduce(0) { $0 + $1.parameter.shape.count }
    var results: [(name: String, value: Double)] = [
      (score.headline.name, score.headline.value), ("\(score.headline.name)-soft", asTrained.headline.value),
      ("loss", score.loss),
    ]
    results += score.measures.dropFirst().map { ($0.name, $0.value) }
    results += try counts(frozen)
    results += [
      ("weights-total", Double(weights)), ("weights-zero-total", Double(zeros.values.reduce(0, +))),
      ("macs-dense", Double(costs.macs)), ("macs-nonzero", Double(costs.macs(withZeros: zeros))),
      ("parameters", Double(network.parameterCount)),
      ("parameters-nonzero", Double(network.parameterCount - zeros.values.reduce(0, +))),
      ("peak-memory-bytes", Double(peakMemoryBytes())), ("training-seconds", seconds.training),
      ("loading-wait-seconds", seconds.waiting),
    ]
    results += learner.closingNumbers
    for result in results { try report(.result(name: result.name, step: step, value: result.value)) }
    let sparsity = frozen.total == 0 ? 0 : Double(frozen.achieved) / Double(frozen.total)
    try report(
      .metric(
        MetricPoint(name: "sparsity-achieved", split: "test", step: step, epoch: epochsDone, value: sparsity)))
    return .finished(step: step, weightsDigest: digest)
  }

  /// Requested, scheduled and achieved counts, of weights or of channels, bytes on disk, and what a network shrunk by
  /// channels costs.
  private func counts(_ frozen: FrozenNetwork) throws -> [(name: String, value: Double)] {
    let unit = job.pruning.structure.kind == .channels ? "channels" : "weights"
    var counts: [(name: String, value: Double)] = [
      ("\(unit)-prunable", Double(frozen.total)), ("\(unit)-pruned-requested", Double(frozen.requested)),
      ("\(unit)-pruned-scheduled", Double(frozen.scheduled)), ("\(unit)-pruned-achieved", Double(frozen.achieved)),
    ]
    counts.append(("stored-bytes-dense", Double(try StoredBytes.dense(network.state))))
    guard unit == "channels" else {
      return counts + [("stored-bytes", Double(try StoredBytes.compact(network.state)))]
    }
    let weights = network.parameters.filter { $0.parameter.role == .weight }.map(\.parameter.value)
    let shrunk = try learner.shrunk(keeping: keptChannels)
    counts += [
      ("weights-prunable", Double(weights.reduce(0) { $0 + $1.count })),
      ("weights-pruned-achieved", Double(weights.reduce(0) { $0 + $1.zeroCount })),
      ("macs-shrunk", Double(shrunk.macs)), ("parameters-shrunk", Double(shrunk.parameters)),
      ("shrunk-deviation", shrunk.deviation), ("stored-bytes", Double(shrunk.storedBytes)),
    ]
    return counts
  }

  /// One point a layer: counts under the hard mask, threshold, temperature, mask flips, weight norm.
  func reportLayers(_ report: (TrainingFact) throws -> Void) throws {
    let norms = Dictionary(
      uniqueKeysWithValues: network.parameters.map {
        ($0.path, Elementwise.squaredNorm($0.parameter.value).squareRoot())
      })
    let indices = Dictionary(uniqueKeysWithValues: layers.map { ($0.name, $0.index) })
    let targets = Dictionary(session.targets.map { ($0.path, $0) }, uniquingKeysWith: { first, _ in first })
    for point in session.layerPoints() {
      // A channel stands for its filter in each weight that makes it.
      let producers = (targets[point.path] as? ChannelTarget)?.group.producers.map {
        (path: $0.path, count: $0.parameter.shape.count)
      }
      for (path, count) in producers ?? [(point.path, point.total)] {
        let width = count / max(1, point.total)
        try report(
          .layer(
            LayerPoint(
              index: indices[path] ?? 0, step: step, epoch: epochsDone, nonzero: point.nonzero * width,
              total: point.total * width, threshold: point.threshold, relativeTemperature: point.relativeTemperature,
              maskFlips: point.maskFlips, weightNorm: norms[path] ?? 0)))
      }
    }
  }

  /// Says what the budget's cap changed, and that a ramp was over before it had come to the target.
  func report(_ update: PruningUpdate, to report: (TrainingFact) throws -> Void) throws {
    for layer in update.capped {
      let uncapped = percent(layer.uncapped, of: layer.weights)
      let capped = percent(layer.pruned, of: layer.weights)
      try report(
        .event(
          level: .info, kind: "budget-capped",
          message: "layer '\(layer.path)' would lose \(uncapped) of its weights; its cap allows \(capped)"))
    }
    if let share = update.forcedFrom {
      try report(
        .event(
          level: .warning, kind: "target-forced",
          message: String(
            format:
              "the ramp of method '%@' ends at %.2f %% of the target, the rest of which is pruned at once at step %d; "
              + "a steeper one comes nearer", job.pruning.method.name, 100 * share, update.step)))
    }
  }

  private func percent(_ part: Int, of whole: Int) -> String {
    String(format: "%.2f %%", 100 * Double(part) / Double(max(1, whole)))
  }

  /// Writes the frozen network to a temporary name, then renames it.
  ///
  /// - Returns: SHA-256 of the file's bytes, which depend on the weights alone.
  private func export() throws -> String {
    let file = SafetensorsFile(tensors: network.state, metadata: learner.exportMetadata)
    do {
      let bytes = try file.encoded()
      try bytes.write(to: job.exportTo, options: .atomic)
      return SHA256Digest(of: bytes).description
    } catch  where isDiskFull(error) {
      throw TrainingError.diskFull(path: job.exportTo.path)
    } catch {
      throw TrainingError.exportUnwritable(path: job.exportTo.path, reason: error.localizedDescription)
    }
  }
}

extension LayerDescription {
  /// Every convolution and linear weight of `costs`, and what of them may be pruned.
  package static func descriptions(
    of costs: [LayerCost], eligibility: [LayerEligibility]
  ) -> [LayerDescription] {
    zip(costs.filter(\.hasWeight), eligibility).enumerated().map { index, layer in
      LayerDescription(
        index: index, name: layer.0.path, operation: layer.0.operation.rawValue, shape: layer.0.shape.extents,
        parameters: layer.0.shape.count, macs: layer.0.macs, isPrunable: layer.1.isPrunable, reason: layer.1.reason)
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
