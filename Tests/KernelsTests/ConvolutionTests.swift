import Kernels
import TestSupport
import Testing

@Suite struct ConvolutionTests {
  struct Case: CustomTestStringConvertible, Sendable {
    var batch = 1
    let channels: (input: Int, output: Int)
    var image = (height: 5, width: 5)
    var kernel = (height: 3, width: 3)
    var stride = 1
    var padding = 1
    var groups = 1

    var input: Shape { [batch, channels.input, image.height, image.width] }
    var weight: Shape { [channels.output, channels.input / groups, kernel.height, kernel.width] }
    var geometry: ConvolutionGeometry { ConvolutionGeometry(stride: stride, padding: padding, groups: groups) }
    var testDescription: String { "\(input) by \(weight), stride \(stride), padding \(padding), groups \(groups)" }
  }

  static let cases: [Case] =
    [1, 3, 7, 8, 9, 15, 16, 17, 33].map { Case(channels: ($0, $0)) }
    + [1, 3, 7, 8, 16, 17, 33].map {
      Case(batch: 2, channels: ($0, 40 - $0), image: (3, 4), kernel: (1, 1), padding: 0)
    }
    + [1, 3, 7, 8, 16, 17, 33].map { Case(batch: 3, channels: ($0, $0), image: (7, 5), groups: $0) }
    + [8, 16, 17].map { Case(channels: ($0, $0), image: (7, 7), stride: 2, groups: $0) }
    + [
      Case(batch: 2, channels: (3, 16), image: (9, 9), stride: 2),
      Case(batch: 2, channels: (3, 8), image: (8, 6), stride: 2),
      Case(channels: (3, 4), image: (11, 9), kernel: (7, 7), stride: 2, padding: 3),
      Case(batch: 5, channels: (16, 24), image: (1, 1), kernel: (1, 1), padding: 0),
      Case(channels: (16, 32), image: (6, 7), kernel: (1, 1), stride: 2, padding: 0),
      Case(channels: (8, 12), groups: 2),
      Case(batch: 2, channels: (34, 17), groups: 17),
      Case(batch: 2, channels: (6, 18), image: (4, 4), groups: 3),
      Case(channels: (32, 64), image: (4, 4), stride: 2, groups: 4),
      Case(channels: (4, 8), groups: 4),
      Case(channels: (2, 3), image: (5, 7), kernel: (1, 3), padding: 0),
      Case(channels: (2, 3), image: (5, 7), kernel: (3, 2), padding: 2),
      Case(channels: (5, 2), image: (1, 9), kernel: (1, 7), padding: 0),
      Case(channels: (3, 3), image: (3, 3), padding: 0),
    ]

  @Test(arguments: cases)
  func allPassesAgreeWithTheirTwins(_ test: Case) {
    let input = Tensor.random("input", test.input)
    let weight = Tensor.random("weight", test.weight)
    let bias = Tensor.random("bias", [test.channels.output])
    let twin = ConvolutionTwin(
      input: test.input, weight: test.weight, stride: test.stride, padding: test.padding, groups: test.groups)
    let (x, w) = (PlainTensor<Double>(input), PlainTensor<Double>(weight))
    let output = Convolution.forward(input, weight: weight, geometry: test.geometry)
    expectClose(output, twin.forward(x, w), .single, "output")
    expectClose(
      Convolution.forward(input, weight: weight, bias: bias, geometry: test.geometry),
      twin.forward(x, w, bias: PlainTensor(bias)), .single, "output with bias")

    let upstream = Tensor.random("upstream", twin.outputShape)
    let g = PlainTensor<Double>(upstream)
    expectClose(
      Convolution.inputGradient(upstream, weight: weight, inputShape: test.input, geometry: test.geometry),
      twin.inputGradient(g, w), .single, "input gradient")
    let gradient = Convolution.weightGradient(
      upstream, input: input, weightShape: test.weight, hasBias: true, geometry: test.geometry)
    expectClose(gradient.weight, twin.weightGradient(g, x), .single, "weight gradient")
    expectClose(gradient.bias ?? Tensor([], shape: [0]), twin.biasGradient(g), .single, "bias gradient")
    let alone = Convolution.weightGradient(
      upstream, input: input, weightShape: test.weight, hasBias: false, geometry: test.geometry)
    expectClose(alone.weight, twin.weightGradient(g, x), .single, "weight gradient without bias")
    #expect(alone.bias == nil)
  }

  @Test func resultsOfOneConvolutionFeedTheNext() {
    let input = Tensor.random("input", [2, 3, 6, 6])
    let first = Tensor.random("first", [17, 3, 3, 3])
    let second = Tensor.random("second", [9, 17, 1, 1])
    let geometry = ConvolutionGeometry(padding: 1)
    let middle = Convolution.forward(input, weight: first, geometry: geometry)
    let output = Convolution.forward(middle, weight: second, geometry: ConvolutionGeometry())
    let inner = ConvolutionTwin(input: input.shape, weight: first.shape, padding: 1)
    let outer = ConvolutionTwin(input: inner.outputShape, weight: second.shape)
    let expected = outer.forward(inner.forward(PlainTensor<Double>(input), PlainTensor(first)), PlainTensor(second))
    expectClose(output, expected)
  }

  @Test(arguments: [3, 8])
  func anEmptyBatchHasNoOutputAndNoGradient(channels: Int) {
    let nothing = Tensor([], shape: [0, channels, 4, 4])
    let weight = Tensor.random("weight", [channels, channels, 1, 1])
    let geometry = ConvolutionGeometry()
    #expect(Convolution.forward(nothing, weight: weight, geometry: geometry).shape == nothing.shape)
    #expect(
      Convolution.inputGradient(nothing, weight: weight, inputShape: nothing.shape, geometry: geometry).elements == [])
    // Memory of the gradient's size that held something else before.
    do { _ = (0..<8).map { _ in Tensor(repeating: .nan, shape: weight.shape) } }
    let gradient = Convolution.weightGradient(
      nothing, input: nothing, weightShape: weight.shape, hasBias: true, geometry: geometry)
    expectClose(gradient.weight, Tensor(repeating: 0, shape: weight.shape), .exact, "weight gradient")
    expectClose(
      gradient.bias ?? nothing, Tensor(repeating: 0, shape: [channels]), .exact, "bias gradient")
  }

  @Test func outputExtentRoundsDown() {
    #expect(ConvolutionGeometry(stride: 2, padding: 1).outputExtent(8, kernel: 3) == 4)
    #expect(ConvolutionGeometry(stride: 2, padding: 1).outputExtent(9, kernel: 3) == 5)
    #expect(ConvolutionGeometry(stride: 2, padding: 3).outputExtent(224, kernel: 7) == 112)
    #expect(ConvolutionGeometry().outputExtent(3, kernel: 3) == 1)
  }

  @Test func shapesThatDoNotFitAreProgrammingErrors() async {
    await #expect(processExitsWith: .failure, "channels") {
      _ = Convolution.forward(
        .random("input", [1, 3, 4, 4]), weight: .random("weight", [2, 4, 1, 1]), geometry: ConvolutionGeometry())
    }
    await #expect(processExitsWith: .failure, "groups that do not divide the outputs") {
      _ = Convolution.forward(
        .random("input", [1, 4, 4, 4]), weight: .random("weight", [3, 2, 1, 1]),
        geometry: ConvolutionGeometry(groups: 2))
    }
    await #expect(processExitsWith: .failure, "window past the image") {
      _ = Convolution.forward(
        .random("input", [1, 1, 2, 2]), weight: .random("weight", [1, 1, 3, 3]),
        geometry: ConvolutionGeometry(stride: 2))
    }
    await #expect(processExitsWith: .failure, "bias") {
      _ = Convolution.forward(
        .random("input", [1, 1, 2, 2]), weight: .random("weight", [3, 1, 1, 1]), bias: .random("bias", [2]),
        geometry: ConvolutionGeometry())
    }
    await #expect(processExitsWith: .failure, "upstream of the input gradient") {
      _ = Convolution.inputGradient(
        .random("upstream", [1, 2, 2, 1]), weight: .random("weight", [2, 1, 1, 1]), inputShape: [1, 1, 2, 2],
        geometry: ConvolutionGeometry())
    }
    await #expect(processExitsWith: .failure, "upstream of the weight gradient") {
      _ = Convolution.weightGradient(
        .random("upstream", [1, 2, 2, 1]), input: .random("input", [1, 1, 2, 2]), weightShape: [2, 1, 1, 1],
        hasBias: false, geometry: ConvolutionGeometry())
    }
    await #expect(processExitsWith: .failure, "stride") { _ = ConvolutionGeometry(stride: 0) }
  }
}
