import Kernels
import TestSupport
import Testing

@Suite struct DepthwiseConvolutionTests {
  struct Case: CustomTestStringConvertible, Sendable {
    let input: Shape
    let stride: Int

    var weight: Shape { [input[1], 1, 3, 3] }
    var geometry: ConvolutionGeometry { ConvolutionGeometry(stride: stride, padding: 1, groups: input[1]) }
    var testDescription: String { "\(input), stride \(stride)" }
  }

  static let images = [(1, 1), (1, 5), (5, 1), (2, 2), (3, 3), (4, 4), (7, 7), (5, 8)]
  static let cases: [Case] = [1, 2].flatMap { stride in
    images.flatMap { height, width in
      [(3, 8), (1, 16), (3, 24), (1, 40), (0, 8)].map { images, channels in
        Case(input: [images, channels, height, width], stride: stride)
      }
    }
  }

  @Test(arguments: cases)
  func allPassesAgreeWithTheirTwins(_ test: Case) {
    let twin = ConvolutionTwin(
      input: test.input, weight: test.weight, stride: test.stride, padding: 1, groups: test.input[1])
    let (input, weight) = (Tensor.random("input", test.input), Tensor.random("weight", test.weight))
    let upstream = Tensor.random("upstream", twin.outputShape)
    let (x, w, g) = (PlainTensor<Double>(input), PlainTensor<Double>(weight), PlainTensor<Double>(upstream))
    // Memory of the results' sizes that held something else before.
    do { _ = [test.input, test.weight, twin.outputShape].map { Tensor(repeating: .nan, shape: $0) } }
    expectClose(
      DepthwiseConvolution.forward(input, weight: weight, geometry: test.geometry), twin.forward(x, w), .single,
      "output")
    expectClose(
      DepthwiseConvolution.inputGradient(upstream, weight: weight, inputShape: test.input, geometry: test.geometry),
      twin.inputGradient(g, w), .single, "input gradient")
    expectClose(
      DepthwiseConvolution.weightGradient(upstream, input: input, weightShape: test.weight, geometry: test.geometry),
      twin.weightGradient(g, x), .single, "weight gradient")
  }

  /// Several chunks of every pass, the last one shorter, and more channels than one chunk of the last sum holds.
  @Test(arguments: [Case(input: [11, 136, 9, 10], stride: 1), Case(input: [9, 136, 19, 18], stride: 2)])
  func largeBatchesAgreeWithTheirTwinsOnAnyNumberOfThreads(_ test: Case) {
    let twin = ConvolutionTwin(
      input: test.input, weight: test.weight, stride: test.stride, padding: 1, groups: test.input[1])
    let (input, weight) = (Tensor.random("input", test.input), Tensor.random("weight", test.weight))
    let upstream = Tensor.random("upstream", twin.outputShape)
    func run() -> [Tensor] {
      [
        DepthwiseConvolution.forward(input, weight: weight, geometry: test.geometry),
        DepthwiseConvolution.inputGradient(upstream, weight: weight, inputShape: test.input, geometry: test.geometry),
        DepthwiseConvolution.weightGradient(upstream, input: input, weightShape: test.weight, geometry: test.geometry),
      ]
    }
    let size = ThreadPool.size
    defer { ThreadPool.setSize(size) }
    ThreadPool.setSize(1)
    let alone = run()
    ThreadPool.setSize(2)
    #expect(run().map(\.elements) == alone.map(\.elements))
    let (x, w, g) = (PlainTensor<Double>(input), PlainTensor<Double>(weight), PlainTensor<Double>(upstream))
    expectClose(alone[0], twin.forward(x, w), .single, "output")
    expectClose(alone[1], twin.inputGradient(g, w), .single, "input gradient")
    expectClose(alone[2], twin.weightGradient(g, x), .single, "weight gradient")
  }

  @Test func resultsOfOneConvolutionFeedTheNext() {
    let shape: Shape = [2, 16, 5, 6]
    let test = Case(input: shape, stride: 1)
    let (input, weight) = (Tensor.random("input", shape), Tensor.random("weight", test.weight))
    let filters = Tensor.random("filters", [24, 16, 1, 1])
    let middle = DepthwiseConvolution.forward(input, weight: weight, geometry: test.geometry)
    let output = Convolution.forward(middle, weight: filters, geometry: ConvolutionGeometry())
    let inner = ConvolutionTwin(input: shape, weight: test.weight, padding: 1, groups: 16)
    let outer = ConvolutionTwin(input: shape, weight: filters.shape)
    let expected = outer.forward(inner.forward(PlainTensor<Double>(input), PlainTensor(weight)), PlainTensor(filters))
    expectClose(output, expected)
  }

  @Test func onlyWhatTheKernelsTakeIsSupported() {
    let fits = Case(input: [2, 16, 4, 4], stride: 1)
    #expect(DepthwiseConvolution.supports(fits.input, weight: fits.weight, geometry: fits.geometry))
    func supports(
      _ input: Shape = fits.input, weight: Shape = fits.weight, stride: Int = 1, padding: Int = 1, groups: Int = 16
    ) -> Bool {
      let geometry = ConvolutionGeometry(stride: stride, padding: padding, groups: groups)
      return DepthwiseConvolution.supports(input, weight: weight, geometry: geometry)
    }
    #expect(supports(stride: 2))
    #expect(!supports(stride: 3))
    #expect(!supports(padding: 0))
    #expect(!supports(groups: 1))
    #expect(!supports(weight: [16, 1, 3, 1]))
    #expect(!supports(weight: [32, 1, 3, 3]))
    #expect(!supports([2, 16, 0, 4]))
    #expect(!supports([2, 12, 4, 4], weight: [12, 1, 3, 3], groups: 12))
  }

  @Test func shapesThatDoNotFitAreProgrammingErrors() async {
    await #expect(processExitsWith: .failure, "channels that do not fill a vector, forward") {
      let test = Case(input: [1, 12, 4, 4], stride: 1)
      _ = DepthwiseConvolution.forward(
        .random("input", test.input), weight: .random("weight", test.weight), geometry: test.geometry)
    }
    await #expect(processExitsWith: .failure, "channels that do not fill a vector, input gradient") {
      let test = Case(input: [1, 12, 4, 4], stride: 1)
      _ = DepthwiseConvolution.inputGradient(
        .random("upstream", test.input), weight: .random("weight", test.weight), inputShape: test.input,
        geometry: test.geometry)
    }
    await #expect(processExitsWith: .failure, "channels that do not fill a vector, weight gradient") {
      let test = Case(input: [1, 12, 4, 4], stride: 1)
      _ = DepthwiseConvolution.weightGradient(
        .random("upstream", test.input), input: .random("input", test.input), weightShape: test.weight,
        geometry: test.geometry)
    }
    await #expect(processExitsWith: .failure, "upstream of the input gradient") {
      let test = Case(input: [1, 8, 4, 4], stride: 2)
      _ = DepthwiseConvolution.inputGradient(
        .random("upstream", test.input), weight: .random("weight", test.weight), inputShape: test.input,
        geometry: test.geometry)
    }
    await #expect(processExitsWith: .failure, "upstream of the weight gradient") {
      let test = Case(input: [1, 8, 4, 4], stride: 2)
      _ = DepthwiseConvolution.weightGradient(
        .random("upstream", test.input), input: .random("input", test.input), weightShape: test.weight,
        geometry: test.geometry)
    }
  }
}
