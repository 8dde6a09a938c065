import Kernels
import TestSupport
import Testing

@testable import Conformance

/// Gradients of the plain loops against central differences, all in double precision.
@Suite struct ReferenceGradientTests {
  typealias Value = ReferenceValue<Double>
  typealias Pass = ReferencePass<Double>

  enum Layer: CaseIterable {
    case convolution
    case stridedConvolution
    case pointwiseConvolution
    case depthwiseConvolution
    case normalization
    case rectifier
    case cappedRectifier
    case maxPooling
    case averagePooling
    case linear
    case residualSum
    case network

    func callAsFunction(_ x: Value, _ pass: Pass) -> Value {
      switch self {
      case .convolution: pass.convolution(x, "a", outputs: 4, .init(kernel: 3, stride: 1, padding: 1))
      case .stridedConvolution: pass.convolution(x, "a", outputs: 2, .init(kernel: 3, stride: 2, padding: 1))
      case .pointwiseConvolution: pass.convolution(x, "a", outputs: 5, .init(kernel: 1, stride: 2, padding: 0))
      case .depthwiseConvolution:
        pass.convolution(x, "a", outputs: 3, .init(kernel: 3, stride: 2, padding: 1), isDepthwise: true)
      case .normalization: pass.batchNormalization(x, "a")
      case .rectifier: pass.rectified(x)
      case .cappedRectifier: pass.rectified(x, cap: 0.5)
      case .maxPooling: pass.maxPooling(x, .init(kernel: 3, stride: 2, padding: 1))
      case .averagePooling: pass.globalAveragePooling(x)
      case .linear: pass.linear(pass.globalAveragePooling(x), "a", outputs: 4)
      case .residualSum: pass.sum(x, pass.batchNormalization(x, "a"))
      case .network:
        pass.linear(
          pass.globalAveragePooling(pass.rectified(pass.sum(x, Layer.normalization(x, pass)))), "b", outputs: 2)
      }
    }
  }

  private static let shape: Shape = [2, 3, 5, 4]

  /// Parameters by path, other ones where `moved` says so.
  private static func parameters(_ moved: [String: PlainTensor<Double>]) -> Pass.Source {
    { path, shape in
      if let moved = moved[path] { return moved.elements }
      return PlainTensor<Double>(.random(path, shape, in: path.hasSuffix("_var") ? 0.5...1.5 : -1...1)).elements
    }
  }

  private static func images(_ x: PlainTensor<Double>) -> ReferenceImages<Double> {
    let area = x.shape[2] * x.shape[3]
    return ReferenceImages(
      count: x.shape[0], height: x.shape[2], width: x.shape[3],
      pixels: (0..<x.shape[0] * area).map { pixel in
        (0..<x.shape[1]).map { x.elements[(pixel / area * x.shape[1] + $0) * area + pixel % area] }
      })
  }

  private static func upstream(_ output: ReferenceImages<Double>) -> [[Double]] {
    let values = PlainTensor<Double>(.random("upstream", [output.pixels.count, output.channels])).elements
    return output.pixels.indices.map { Array(values[$0 * output.channels..<($0 + 1) * output.channels]) }
  }

  /// Product of the layer's output with what comes from upstream.
  private static func loss(
    _ layer: Layer, _ x: PlainTensor<Double>, isTraining: Bool, _ moved: [String: PlainTensor<Double>] = [:]
  ) -> Double {
    let pass = Pass(isTraining: isTraining, parameters: parameters(moved))
    let output = layer(Value(images(x), needsGradient: false), pass).images
    return zip(output.pixels.joined(), upstream(output).joined()).reduce(0) { $0 + $1.0 * $1.1 }
  }

  @Test(arguments: Layer.allCases, [true, false])
  func gradientsAreThoseOfCentralDifferences(layer: Layer, isTraining: Bool) throws {
    let x = PlainTensor<Double>(.shuffled("x", Self.shape)).map { 2 * $0 - 0.99 }
    let pass = Pass(isTraining: isTraining, parameters: Self.parameters([:]))
    let input = Value(Self.images(x), needsGradient: true)
    let output = layer(input, pass)
    pass.backward(from: output, upstream: Self.upstream(output.images))
    let difference = centralDifferences(at: x) { Self.loss(layer, $0, isTraining: isTraining) }
    let gradient = try #require(input.gradient)
    expectClose(gradient, Self.images(difference).pixels, "input")
    for (path, gradient) in pass.gradients {
      let parameter = PlainTensor(Self.parameters([:])(path, gradient.shape), shape: gradient.shape)
      let difference = centralDifferences(at: parameter) { Self.loss(layer, x, isTraining: isTraining, [path: $0]) }
      expectClose([gradient.elements], [difference.elements], path)
    }
  }

  private func expectClose(_ got: [[Double]], _ expected: [[Double]], _ what: String) {
    #expect(got.map(\.count) == expected.map(\.count))
    let error = zip(got.joined(), expected.joined()).map { abs($0 - $1) }.max() ?? .nan
    #expect(error < 1e-7, "\(what)")
  }

  @Test func parametersAreCountedWithoutRunningStatistics() {
    let pass = Pass(isTraining: false, parameters: Self.parameters([:]))
    _ = Layer.network(Value(Self.images(PlainTensor(.random("x", Self.shape))), needsGradient: false), pass)
    #expect(pass.parameterCount == 3 + 3 + 2 * 3 + 2)
  }
}
