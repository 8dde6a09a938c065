import ArgumentParser
import Autodiff
import Foundation
import Inference
import Kernels
import Networks

/// Times a frozen network in dense and in sparse kernels, in turn, layer by layer.
struct InferenceCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "inference",
    abstract: "Time a pruned network's inference: dense beside sparse kernels, in turn; print a markdown table.")

  @Option(help: "Architecture: \(ModelConfig.Architecture.allCases.map(\.rawValue).joined(separator: ", ")).")
  var network = ModelConfig.Architecture.mobileNetV1
  @Option(help: "Multiplier on the network's channels.")
  var width = 1.0
  @Option(help: "Height and width of the images.")
  var extent = 224
  @Option(help: "Images a run.")
  var batch = 1
  @Option(help: "Share of each convolution's and linear map's weights that is zero; depthwise ones stay dense.")
  var sparsity = 0.9
  @OptionGroup var options: MeasureOptions

  func validate() throws {
    guard width > 0, extent >= 32, batch > 0, (0...1).contains(sparsity) else {
      throw ValidationError("--width and --batch are above 0, --extent at least 32, --sparsity between 0 and 1")
    }
  }

  func run() throws {
    if let threads = options.threads { ThreadPool.setSize(threads) }
    let network = prunedNetwork()
    let graph = network.frozenGraph()
    let images = Tensor(repeating: 0.5, shape: [batch, 3, extent, extent])
    let dense = try InferencePlan(graph, input: images.shape, choice: .dense)
    let chosen = try InferencePlan(graph, input: images.shape, choice: .measured)
    let (denseTimes, chosenTimes) = (LayerTimes(), LayerTimes())
    var engine: [Double] = []
    for round in 0..<options.warmup + options.steps {
      let first = dense.timed(images).seconds
      let second = chosen.timed(images).seconds
      let start = ContinuousClock.now
      _ = network(Variable(images), Pass(.evaluation))
      let third = (ContinuousClock.now - start) / .seconds(1)
      guard round >= options.warmup else { continue }
      denseTimes.add(first)
      chosenTimes.add(second)
      engine.append(third)
    }
    printLayers(dense, denseTimes, chosen, chosenTimes)
    printTotals(denseTimes, chosenTimes, LayerTimes.quantiles(engine), chosen)
  }

  /// Random weights, the same in every run, of which every layer keeps the same share.
  private func prunedNetwork() -> Network {
    let network = Network(
      ModelConfig(architecture: self.network, width: width, stem: .imageNet, inputChannels: 3, classes: 1000),
      seed: Seed(1))
    for (path, parameter) in network.parameters where parameter.role == .weight && parameter.shape[1] > 1 {
      let chances = Seed(2).stream(path)
      parameter.value.withMutableElements { elements in
        for index in elements.indices where chances.uniform(at: index) < sparsity { elements[index] = 0 }
      }
    }
    return network
  }

  private func printLayers(
    _ dense: InferencePlan, _ denseTimes: LayerTimes, _ chosen: InferencePlan, _ chosenTimes: LayerTimes
  ) {
    print("| layer | output | nonzero | dense us | kernel | us | least us | speed-up | GFLOP/s at least | why |")
    print("| --- | --- | ---: | ---: | --- | ---: | ---: | ---: | ---: | --- |")
    for (index, layer) in chosen.layers.enumerated() {
      let (before, after) = (denseTimes.layers[index].median, chosenTimes.layers[index].median)
      let least = chosenTimes.layers[index].least
      let share = layer.weights == 0 ? "" : rounded(100 * Double(layer.nonzeros) / Double(layer.weights)) + " %"
      let speed = layer.multiplications == 0 ? "" : rounded(2 * Double(layer.multiplications) / least / 1e9)
      let cells = [
        layer.path.isEmpty ? "pooling" : layer.path, "\(layer.output)", share, rounded(1e6 * before),
        layer.implementation.rawValue, rounded(1e6 * after), rounded(1e6 * least),
        String(format: "%.2f", before / after), speed, layer.reason,
      ]
      print("| " + cells.joined(separator: " | ") + " |")
    }
  }

  private func printTotals(
    _ dense: LayerTimes, _ chosen: LayerTimes, _ engine: (least: Double, median: Double), _ plan: InferencePlan
  ) {
    let (before, after) = (LayerTimes.quantiles(dense.totals), LayerTimes.quantiles(chosen.totals))
    func line(_ name: String, _ seconds: (least: Double, median: Double)) {
      print(
        "\(name): median \(milliseconds(seconds.median)) ms, least \(milliseconds(seconds.least)) ms; "
          + "\(rounded(Double(batch) / seconds.median)) images a second")
    }
    print("\n\(ThreadPool.size) threads, batch \(batch), \(options.steps) rounds in turn.\n")
    line("- training engine, dense", engine)
    line("- plan, dense kernels", before)
    line("- plan, kernels as chosen", after)
    print(
      String(
        format: "- dense plan over chosen plan: %.2f by medians, %.2f by the least", before.median / after.median,
        before.least / after.least))
    // What the plans would take if nothing else ran on the machine.
    let (quietBefore, quietAfter) = (dense.quietTotal, chosen.quietTotal)
    print(
      "- sums of every layer's least: dense plan \(milliseconds(quietBefore)) ms, chosen plan "
        + "\(milliseconds(quietAfter)) ms")
    print("- activations of the chosen plan: \(plan.activationBytes >> 10) KiB")
  }

  private func milliseconds(_ seconds: Double) -> String { String(format: "%.3f", 1e3 * seconds) }
  private func rounded(_ value: Double) -> String { String(format: "%.1f", value) }
}

extension ModelConfig.Architecture: ExpressibleByArgument {}

/// Seconds of every layer in every round.
private final class LayerTimes {
  private var rounds: [[Double]] = []

  func add(_ seconds: [Double]) { rounds.append(seconds) }

  var totals: [Double] { rounds.map { $0.reduce(0, +) } }

  /// Of each layer.
  var layers: [(least: Double, median: Double)] {
    (rounds.first ?? []).indices.map { layer in Self.quantiles(rounds.map { $0[layer] }) }
  }

  /// Sum of every layer's least.
  var quietTotal: Double { layers.reduce(0) { $0 + $1.least } }

  static func quantiles(_ seconds: [Double]) -> (least: Double, median: Double) {
    let sorted = seconds.sorted()
    return (sorted.first ?? 0, sorted.isEmpty ? 0 : sorted[sorted.count / 2])
  }
}
