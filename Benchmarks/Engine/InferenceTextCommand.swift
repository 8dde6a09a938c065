import ArgumentParser
import Autodiff
import Foundation
import Inference
import Kernels
import Networks

/// Times a frozen encoder in dense and in sparse kernels, in turn, by kind of layer.
struct InferenceTextCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "inference-text",
    abstract: "Time a pruned MiniLM-L6's inference: dense beside sparse kernels, in turn; print a markdown table.")

  @Option(help: "Tokens of a sequence, none of them padding.")
  var length = 128
  @Option(help: "Sequences a run.")
  var batch = 1
  @Option(help: "Share of each of the encoder's weights that is zero; pooler and classifier stay dense.")
  var sparsity = 0.9
  @Option(help: "Attention heads that every layer has left, of 12.")
  var heads = LanguageWorkload.miniLM.heads
  @Option(help: "Feed-forward rows that every layer has left, of 1536.")
  var rows = LanguageWorkload.miniLM.intermediateSize
  @OptionGroup var options: MeasureOptions

  func validate() throws {
    let config = LanguageWorkload.miniLM
    guard length > 0, length <= config.positions, batch > 0, (0...1).contains(sparsity),
      (1...config.heads).contains(heads), (1...config.intermediateSize).contains(rows)
    else {
      throw ValidationError(
        "--length is 1...\(config.positions), --batch above 0, --sparsity between 0 and 1, --heads 1...\(config.heads), "
          + "--rows 1...\(config.intermediateSize)")
    }
  }

  func run() throws {
    if let threads = options.threads { ThreadPool.setSize(threads) }
    let network = prunedNetwork()
    let encoder = network.frozenEncoder()
    let tokens = TokenBatch(
      batch: batch, length: length,
      tokens: (0..<batch * length).map { 7 * $0 % LanguageWorkload.miniLM.vocabularySize },
      types: [Int](repeating: 0, count: batch * length), isToken: [Bool](repeating: true, count: batch * length))
    let dense = try TokenPlan(encoder, batch: batch, length: length, choice: .dense)
    let chosen = try TokenPlan(encoder, batch: batch, length: length, choice: .measured)
    let (denseTimes, chosenTimes) = (LayerTimes(), LayerTimes())
    var engine: [Double] = []
    for round in 0..<options.warmup + options.steps {
      let first = dense.timed(tokens).seconds
      let second = chosen.timed(tokens).seconds
      let start = ContinuousClock.now
      _ = network(tokens, Pass(.evaluation))
      let third = (ContinuousClock.now - start) / .seconds(1)
      guard round >= options.warmup else { continue }
      denseTimes.add(first)
      chosenTimes.add(second)
      engine.append(third)
    }
    printKinds(chosen.layers, denseTimes, chosenTimes)
    printDenseProducts(chosen.layers)
    InferenceTotals(
      dense: denseTimes, chosen: chosenTimes, engine: engine, examples: "sequences", batch: batch,
      rounds: options.steps, activationBytes: chosen.activationBytes
    ).print()
  }

  /// Random weights, the same in every run, of which every one of the encoder's keeps the same share.
  private func prunedNetwork() -> BertClassifier {
    var config = LanguageWorkload.miniLM
    if heads < config.heads { config.headsLeft = [Int](repeating: heads, count: config.layers) }
    if rows < config.intermediateSize { config.feedForwardLeft = [Int](repeating: rows, count: config.layers) }
    let network = BertClassifier(config, outputs: 2, seed: Seed(1))
    for (path, parameter) in network.encoderWeights {
      let chances = Seed(2).stream(path)
      parameter.value.withMutableElements { elements in
        for index in elements.indices where chances.uniform(at: index) < sparsity { elements[index] = 0 }
      }
    }
    return network
  }

  /// A line for what is the same in all layers, with the sums of their medians.
  private func printKinds(_ layers: [PlannedLayer], _ dense: LayerTimes, _ chosen: LayerTimes) {
    let kinds = Dictionary(grouping: layers.indices) { Self.kind(layers[$0]) }
    print("| layers | kernels | nonzero | dense us | us | least us | speed-up | GFLOP/s at least |")
    print("| --- | --- | ---: | ---: | ---: | ---: | ---: | ---: |")
    for (kind, indices) in kinds.sorted(by: { ($0.value.first ?? 0) < ($1.value.first ?? 0) }) {
      func sum(_ number: (Int) -> Double) -> Double { indices.reduce(0) { $0 + number($1) } }
      let before = sum { dense.layers[$0].median }
      let (after, least) = (sum { chosen.layers[$0].median }, sum { chosen.layers[$0].least })
      let weights = sum { Double(layers[$0].weights) }
      let multiplications = sum { Double(layers[$0].multiplications) }
      let kernels = Dictionary(grouping: indices) { layers[$0].implementation.rawValue }
        .sorted { $0.key < $1.key }.map { "\($0.value.count) \($0.key)" }.joined(separator: ", ")
      let cells = [
        kind, kernels, weights == 0 ? "" : rounded(100 * sum { Double(layers[$0].nonzeros) } / weights) + " %",
        rounded(1e6 * before), rounded(1e6 * after), rounded(1e6 * least), String(format: "%.2f", before / after),
        multiplications == 0 ? "" : rounded(2 * multiplications / least / 1e9),
      ]
      print("| " + cells.joined(separator: " | ") + " |")
    }
  }

  /// Names every product that has zeros and multiplies them all the same, with the reason.
  private func printDenseProducts(_ layers: [PlannedLayer]) {
    let dense = layers.filter { $0.implementation == .denseProduct }
    print("\nProducts in dense kernels: \(dense.isEmpty ? "none" : "\(dense.count)")\n")
    for layer in dense { print("- \(layer.path) (\(layer.nonzeros) of \(layer.weights) nonzero): \(layer.reason)") }
  }

  /// A layer's path without its number.
  private static func kind(_ layer: PlannedLayer) -> String {
    let parts = layer.path.split(separator: ".").filter { Int($0) == nil }
    return parts.joined(separator: ".").replacing("bert.encoder.layer.", with: "")
  }

  private func rounded(_ value: Double) -> String { String(format: "%.1f", value) }
}
