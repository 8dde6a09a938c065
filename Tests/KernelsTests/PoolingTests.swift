import Kernels
import TestSupport
import Testing

@Suite struct PoolingTests {
  struct Case: CustomTestStringConvertible, Sendable {
    let input: Shape
    let kernel: Int
    let stride: Int
    let padding: Int
    var testDescription: String { "\(input), kernel \(kernel), stride \(stride), padding \(padding)" }
  }

  static let cases: [Case] =
    [1, 3, 7, 8, 9, 16, 17, 33].map { Case(input: [2, $0, 6, 5], kernel: 2, stride: 2, padding: 0) }
    + [
      Case(input: [1, 3, 7, 7], kernel: 3, stride: 2, padding: 1),
      Case(input: [2, 8, 8, 8], kernel: 3, stride: 2, padding: 1),
      Case(input: [1, 5, 5, 4], kernel: 3, stride: 1, padding: 1),
      Case(input: [1, 1, 1, 1], kernel: 1, stride: 1, padding: 0),
      Case(input: [1, 2, 7, 7], kernel: 2, stride: 3, padding: 0),
      Case(input: [1, 2, 8, 8], kernel: 1, stride: 3, padding: 0),
    ]

  @Test(arguments: cases)
  func maximumAgreesWithItsTwin(_ test: Case) {
    check(.shuffled("input", test.input), .maximum, test)
  }

  @Test(arguments: cases)
  func averageAgreesWithItsTwin(_ test: Case) {
    check(.shuffled("input", test.input), .average, test)
  }

  @Test(arguments: [PoolingGeometry.Kind.maximum, .average], [3, 8, 17])
  func inputsFromAConvolutionAgreeToo(kind: PoolingGeometry.Kind, channels: Int) {
    let input = Convolution.forward(
      .random("image", [2, 2, 7, 7]), weight: .random("filters", [channels, 2, 3, 3]),
      geometry: ConvolutionGeometry(padding: 1))
    check(input, kind, Case(input: input.shape, kernel: 3, stride: 2, padding: 1))
  }

  private func check(
    _ input: Tensor, _ kind: PoolingGeometry.Kind, _ test: Case, location: SourceLocation = #_sourceLocation
  ) {
    let twin = PoolingTwin(
      input: test.input, kernel: (test.kernel, test.kernel), stride: test.stride, padding: test.padding)
    let geometry = PoolingGeometry(kind, kernel: test.kernel, stride: test.stride, padding: test.padding)
    let x = PlainTensor<Double>(input)
    let (output, saved) = Pooling.forward(input, geometry)
    let expected = kind == .maximum ? twin.maximum(x) : twin.average(x)
    expectClose(output, expected, kind == .maximum ? .exact : .single, "output", sourceLocation: location)
    let upstream = Tensor.random("upstream", twin.outputShape)
    let g = PlainTensor<Double>(upstream)
    expectClose(
      Pooling.backward(upstream, inputShape: input.shape, saved: saved, geometry),
      kind == .maximum ? twin.maximumGradient(g, input: x) : twin.averageGradient(g), .single, "gradient",
      sourceLocation: location)
  }

  @Test(arguments: [[1, 1, 1, 1], [3, 7, 4, 4], [2, 16, 3, 5], [2, 33, 1, 2]] as [Shape])
  func globalAverageIsTheMeanOfEachImage(shape: Shape) {
    let input = Tensor.random("input", shape)
    let twin = PoolingTwin(input: shape, kernel: (shape[2], shape[3]), stride: 1, padding: 0)
    let geometry = PoolingGeometry(globalAverageOver: shape)
    let (output, saved) = Pooling.forward(input, geometry)
    expectClose(output, twin.average(PlainTensor<Double>(input)))
    let upstream = Tensor.random("upstream", [shape[0], shape[1], 1, 1])
    expectClose(
      Pooling.backward(upstream, inputShape: shape, saved: saved, geometry),
      twin.averageGradient(PlainTensor<Double>(upstream)))
  }

  @Test func allOfATiesGradientGoesToOneElement() {
    let geometry = PoolingGeometry(.maximum, kernel: 2, stride: 2, padding: 0)
    let (_, saved) = Pooling.forward(Tensor(repeating: 1, shape: [1, 1, 2, 2]), geometry)
    let gradient = Pooling.backward(
      Tensor([5], shape: [1, 1, 1, 1]), inputShape: [1, 1, 2, 2], saved: saved, geometry)
    #expect(gradient.elements == [5, 0, 0, 0])
  }

  @Test func negativeInputsBeatThePadding() {
    let geometry = PoolingGeometry(.maximum, kernel: 3, stride: 2, padding: 1)
    let (output, _) = Pooling.forward(Tensor(repeating: -2, shape: [1, 1, 3, 3]), geometry)
    #expect(output.elements == [-2, -2, -2, -2])
  }

  @Test func windowsThatDoNotFitAreProgrammingErrors() async {
    await #expect(processExitsWith: .failure, "too large by one, stride 2") {
      _ = Pooling.forward(.random("input", [1, 1, 2, 2]), PoolingGeometry(.average, kernel: 3, stride: 2, padding: 0))
    }
    await #expect(processExitsWith: .failure, "too large, stride 1") {
      _ = Pooling.forward(.random("input", [1, 1, 2, 2]), PoolingGeometry(.maximum, kernel: 4, stride: 1, padding: 0))
    }
    await #expect(processExitsWith: .failure, "upstream") {
      let geometry = PoolingGeometry(.average, kernel: 2, stride: 2, padding: 0)
      let (_, saved) = Pooling.forward(.random("input", [1, 1, 4, 4]), geometry)
      _ = Pooling.backward(.random("upstream", [1, 1, 1, 4]), inputShape: [1, 1, 4, 4], saved: saved, geometry)
    }
  }
}
