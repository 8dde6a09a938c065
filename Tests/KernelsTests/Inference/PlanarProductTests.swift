import Glibc
import Kernels
import TestSupport
import Testing

/// The sparse, the dense and the packed product of planes against a plain convolution.
@Suite struct PlanarProductTests {
  struct Case: CustomTestStringConvertible, Sendable {
    let input: Shape
    let outputs: Int
    /// Share of the weights that are not zero.
    let density: Double
    var activation = PlaneActivation.relu

    var testDescription: String { "\(input) to \(outputs), density \(density), \(activation)" }

    /// Every third row is empty where some weights are zero.
    var weight: Tensor {
      let (values, chance) = (Tensor.random("weight", shape), Tensor.random("chance", shape, in: 0...1))
      let kept = zip(values.elements, chance.elements).enumerated().map { index, pair in
        Double(pair.1) < density && (density == 1 || index / input[1] % 3 != 1) ? pair.0 : 0
      }
      return Tensor(kept, shape: shape)
    }

    private var shape: Shape { [outputs, input[1], 1, 1] }
  }

  static let extents = [(1, 1), (1, 7), (2, 4), (3, 3), (5, 5), (7, 7), (8, 8), (9, 14), (14, 14)]
  static let cases: [Case] =
    extents.flatMap { height, width in
      [(1, 1, 1, 1.0), (1, 17, 13, 0.3), (3, 40, 33, 0.1), (2, 8, 9, 0), (0, 8, 8, 0.5)].map {
        Case(input: [$0, $1, height, width], outputs: $2, density: $3)
      }
    }
    + PlaneActivation.allCases.map { Case(input: [2, 24, 6, 6], outputs: 20, density: 0.4, activation: $0) }
    // Strips of every width, and many of them.
    + (1...17).map { Case(input: [1, 6, 8, $0], outputs: 5, density: 0.5) }
    + [Case(input: [1, 16, 56, 57], outputs: 40, density: 0.2)]
    // Columns in several parts, and images in several groups.
    + [Case(input: [9, 801, 1, 24], outputs: 11, density: 0.5)]

  @Test(arguments: cases)
  func allProductsAgreeWithAPlainConvolution(_ test: Case) {
    let weight = test.weight
    let twin = ConvolutionTwin(input: test.input, weight: weight.shape)
    let bias = Tensor.random("bias", [test.outputs], in: -3...6)
    let residual = Tensor.random("residual", twin.outputShape, in: -4...4)
    let input = Tensor.random("input", test.input)
    let convolved = twin.forward(PlainTensor<Double>(input), PlainTensor<Double>(weight))
    let (sparse, packed) = (
      SparseProduct(weight: weight, bias: bias, activation: test.activation, input: test.input),
      PackedProduct(weight: weight, bias: bias, activation: test.activation, input: test.input)
    )
    #expect(sparse.nonzeros == weight.elements.count { $0 != 0 })
    for adds in [false, true] {
      var expected = convolved
      let area = test.input[2] * test.input[3]
      for index in expected.elements.indices {
        let sum = expected.elements[index] + Double(bias.elements[index / area % test.outputs])
        let added = sum + (adds ? Double(residual.elements[index]) : 0)
        expected.elements[index] =
          switch test.activation {
          case .identity: added
          case .relu: max(added, 0)
          case .relu6: min(max(added, 0), 6)
          case .gelu: 0.5 * added * (1 + erf(added * 0.5.squareRoot()))
          case .tanh: tanh(added)
          }
      }
      let (planes, addend) = (ImagePlanes(input), adds ? ImagePlanes(residual) : nil)
      let outputs = (ImagePlanes(sparse.outputShape), ImagePlanes(packed.outputShape))
      sparse.run(planes, residual: addend, into: outputs.0)
      expectClose(outputs.0.tensor, expected, .single, "sparse, residual \(adds)")
      packed.run(planes, residual: addend, into: outputs.1)
      expectClose(outputs.1.tensor, expected, .single, "packed, residual \(adds)")
    }
  }

  /// Neither of those that the work is divided for, nor of those that do it: bit for bit.
  @Test(arguments: [
    Case(input: [1, 64, 14, 14], outputs: 96, density: 0.2), Case(input: [1, 9, 28, 28], outputs: 12, density: 0.5),
    Case(input: [2, 5, 30, 33], outputs: 7, density: 0.5), Case(input: [11, 6, 7, 7], outputs: 5, density: 0.5),
  ])
  func sparseSumsDoNotDependOnTheNumberOfThreads(_ test: Case) {
    let size = ThreadPool.size
    defer { ThreadPool.setSize(size) }
    let input = ImagePlanes(Tensor.random("input", test.input))
    var outputs: [[Float]] = []
    for threads in [1, 2, 3, 7] {
      ThreadPool.setSize(threads)
      let layer = SparseProduct(weight: test.weight, bias: nil, activation: .relu, input: test.input)
      for running in [threads, 2] {
        ThreadPool.setSize(running)
        let output = ImagePlanes(Tensor(repeating: .nan, shape: layer.outputShape))
        layer.run(input, into: output)
        outputs.append(output.tensor.elements)
      }
    }
    for output in outputs { #expect(output == outputs[0]) }
  }

  /// A zero weight's input is not looked at, but a pixel that is not a number stays one where it is used.
  @Test func notANumberIsKeptWhereAWeightReadsIt() {
    let layer = SparseProduct(
      weight: Tensor([1, 0, 0, 1], shape: [2, 2]), bias: nil, activation: .relu6, input: [1, 2, 1, 1])
    let output = ImagePlanes(layer.outputShape)
    layer.run(ImagePlanes(Tensor([.nan, 2], shape: [1, 2, 1, 1])), into: output)
    #expect(output.tensor.elements[0].isNaN)
    #expect(output.tensor.elements[1] == 2)
  }
}
