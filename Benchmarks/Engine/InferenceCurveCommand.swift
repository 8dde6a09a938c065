import ArgumentParser
import Foundation
import Kernels

/// Times sparse products beside oneDNN's dense convolutions, over sparsities and shapes.
struct InferenceCurveCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "inference-curve",
    abstract: "Time single layers, sparse beside dense, over sparsities; print how many times faster sparse is.")

  @OptionGroup var options: MeasureOptions

  @Option(help: "Only layers whose names contain this, such as '1x1, 512'.")
  var layers = ""

  private static let sparsities = [0, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.98]
  private static let patterns = ["2:4", "1:4"]

  private static let layers = [
    CurveLayer(inputs: 32, outputs: 64, kernel: 1, extent: 112),
    CurveLayer(inputs: 64, outputs: 128, kernel: 1, extent: 56),
    CurveLayer(inputs: 128, outputs: 128, kernel: 1, extent: 56),
    CurveLayer(inputs: 256, outputs: 256, kernel: 1, extent: 28),
    CurveLayer(inputs: 512, outputs: 512, kernel: 1, extent: 14),
    CurveLayer(inputs: 512, outputs: 1024, kernel: 1, extent: 7),
    CurveLayer(inputs: 1024, outputs: 1024, kernel: 1, extent: 7),
    CurveLayer(inputs: 64, outputs: 64, kernel: 3, extent: 56),
    CurveLayer(inputs: 128, outputs: 128, kernel: 3, extent: 28),
    CurveLayer(inputs: 256, outputs: 256, kernel: 3, extent: 14),
    CurveLayer(inputs: 512, outputs: 512, kernel: 3, extent: 7),
    CurveLayer(inputs: 1024, outputs: 1000, kernel: 1, extent: 1),
  ]

  func run() throws {
    if let threads = options.threads { ThreadPool.setSize(threads) }
    print("Dense time over sparse time, least of \(options.steps) runs in turn, \(ThreadPool.size) threads, batch 1.\n")
    let columns = Self.sparsities.map { "\(Int((100 * $0).rounded())) %" } + Self.patterns
    print("| layer | dense us | " + columns.joined(separator: " | ") + " | sparse wins from |")
    print("| --- | ---: |" + columns.map { _ in " ---: |" }.joined() + " ---: |")
    for layer in Self.layers where layers.isEmpty || layer.name.contains(layers) { printRow(layer) }
  }

  private func printRow(_ layer: CurveLayer) {
    let dense = layer.dense()
    var denseSeconds = Double.infinity
    func ratio(_ weight: Tensor) -> Double {
      let least = times(dense, layer.sparse(weight))
      denseSeconds = min(denseSeconds, least.dense)
      return least.dense / least.sparse
    }
    let curve = Self.sparsities.map { ratio(layer.weight(sparsity: $0)) }
    let patterns = Self.patterns.compactMap { GroupPattern(argument: $0) }.map { ratio(layer.weight($0)) }
    let cells = (curve + patterns).map { String(format: "%.2f", $0) }
    print(
      "| \(layer.name) | \(Int((1e6 * denseSeconds).rounded())) | " + cells.joined(separator: " | ")
        + " | \(breakEven(curve)) |")
  }

  /// Where the ratio passes 1; between two sparsities the sparse time is taken to be linear.
  private func breakEven(_ ratios: [Double]) -> String {
    guard let index = ratios.firstIndex(where: { $0 > 1 }) else { return "never" }
    guard index > 0 else { return "0 %" }
    let (before, after) = (1 / ratios[index - 1], 1 / ratios[index])
    let part = (before - 1) / (before - after)
    let (low, high) = (Self.sparsities[index - 1], Self.sparsities[index])
    return "\(Int((100 * (low + part * (high - low))).rounded())) %"
  }

  private func times(_ dense: () -> Void, _ sparse: [() -> Void]) -> (dense: Double, sparse: Double) {
    var least = (dense: Double.infinity, sparse: Double.infinity)
    for round in 0..<options.warmup + options.steps {
      let (first, others) = (seconds(dense), sparse.map(seconds))
      guard round >= options.warmup else { continue }
      least = (min(least.dense, first), others.reduce(least.sparse, min))
    }
    return least
  }

  private func seconds(_ body: () -> Void) -> Double {
    // The first run brings the weights into the caches, as far as they fit.
    body()
    let start = ContinuousClock.now
    body()
    return (ContinuousClock.now - start) / .seconds(1)
  }
}

/// A layer that both implementations compute.
private struct CurveLayer {
  let inputs: Int
  let outputs: Int
  let kernel: Int
  let extent: Int

  var name: String {
    extent == 1
      ? "linear \(inputs) to \(outputs)" : "\(kernel)x\(kernel), \(inputs) to \(outputs) at \(extent)x\(extent)"
  }

  private var input: Shape { [1, inputs, extent, extent] }
  private var weightShape: Shape { [outputs, inputs, kernel, kernel] }
  private var geometry: ConvolutionGeometry { ConvolutionGeometry(padding: kernel / 2) }

  /// Random weights, of which a share is zero.
  func weight(sparsity: Double) -> Tensor {
    let (values, chances) = (Seed(1).stream("values"), Seed(2).stream("chances"))
    return Tensor(
      (0..<weightShape.count).map {
        chances.uniform(at: $0) < sparsity ? 0 : Float(values.uniform(at: $0)) + 0.1
      }, shape: weightShape)
  }

  func weight(_ pattern: GroupPattern) -> Tensor {
    var weight = weight(sparsity: 0)
    pattern.prune(&weight)
    return weight
  }

  private var bias: Tensor { Tensor(repeating: 0, shape: [outputs]) }

  func dense() -> () -> Void {
    let layer = BlockedConvolution(
      weight: weight(sparsity: 0), bias: bias, activation: .relu, geometry: geometry, addsResidual: false, input: input)
    let (source, target) = (ImagePlanes(layer.input), ImagePlanes(layer.output))
    return { layer.run(source, into: target) }
  }

  /// The ways that a plan chooses from.
  func sparse(_ weight: Tensor) -> [() -> Void] {
    let source = ImagePlanes(Tensor(repeating: 0.5, shape: input))
    let window = PlanarPatches(kernel: (kernel, kernel), geometry: geometry, input: input)
    let matrix = weight.reshaped(to: [outputs, inputs * kernel * kernel])
    let product = SparseProduct(weight: matrix, bias: bias, activation: .relu, input: window.outputShape)
    let (patches, target) = (ImagePlanes(window.outputShape), ImagePlanes(product.outputShape))
    guard kernel > 1 else { return [{ product.run(source, into: target) }] }
    var ways = [
      {
        window.run(source, into: patches)
        product.run(patches, into: target)
      }
    ]
    if let bands = SparseConvolution(window, weight: weight, bias: bias, activation: .relu) {
      ways.append { bands.run(source, into: target) }
    }
    return ways
  }
}
