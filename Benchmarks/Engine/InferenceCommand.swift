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
    InferenceTotals(
      dense: denseTimes, chosen: chosenTimes, engine: engine, examples: "images", batch: batch, rounds: options.steps,
      activationBytes: chosen.activationBytes
    ).print()
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

  private func rounded(_ value: Double) -> String { String(format: "%.1f", value) }
}

extension ModelConfig.Architecture: ExpressibleByArgument {}
