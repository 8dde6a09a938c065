import Kernels
import TestSupport
import Testing

@Suite struct BatchNormalizationTests {
  static let shapes: [Shape] = [
    [2, 1, 1, 1], [1, 1, 2, 3], [4, 3, 3, 3], [3, 7, 2, 5], [2, 8, 3, 3], [2, 9, 1, 7], [3, 16, 2, 2], [2, 17, 4, 3],
    [5, 33, 1, 1], [1, 2, 33, 32],
  ]
  private static let epsilon: Float = 1e-3

  @Test(arguments: shapes, [false, true])
  func trainingAgreesWithItsTwin(shape: Shape, isRectified: Bool) {
    check(Tensor.random("input", shape, in: -1...3), isRectified: isRectified, usesBatchStatistics: true)
  }

  @Test(arguments: shapes, [false, true])
  func evaluationAgreesWithItsTwin(shape: Shape, isRectified: Bool) {
    check(Tensor.random("input", shape, in: -1...3), isRectified: isRectified, usesBatchStatistics: false)
  }

  @Test(arguments: [3, 8, 17], [true, false])
  func inputsFromAConvolutionAgreeToo(channels: Int, usesBatchStatistics: Bool) {
    let input = Convolution.forward(
      .random("image", [3, 2, 4, 4]), weight: .random("filters", [channels, 2, 3, 3]),
      geometry: ConvolutionGeometry(padding: 1))
    check(input, isRectified: true, usesBatchStatistics: usesBatchStatistics)
  }

  /// Channels side by side for each pixel, in one vector and in several; images of more than one chunk.
  @Test(arguments: [[3, 8, 4, 4], [3, 16, 5, 3], [2, 40, 2, 2], [1, 24, 33, 32]] as [Shape], [true, false])
  func inputsInChannelsLastOrderAgreeToo(shape: Shape, usesBatchStatistics: Bool) {
    check(Self.channelsLast(shape), isRectified: true, usesBatchStatistics: usesBatchStatistics)
  }

  /// A depthwise convolution's output.
  private static func channelsLast(_ shape: Shape) -> Tensor {
    DepthwiseConvolution.forward(
      .random("image", shape), weight: .random("filters", [shape[1], 1, 3, 3]),
      geometry: ConvolutionGeometry(padding: 1, groups: shape[1]))
  }

  private func check(
    _ input: Tensor, isRectified: Bool, usesBatchStatistics: Bool, location: SourceLocation = #_sourceLocation
  ) {
    let channels: Shape = [input.shape[1]]
    let (scale, shift) = (Tensor.random("scale", channels, in: 0.5...2), Tensor.random("shift", channels))
    let given = (mean: Tensor.random("mean", channels), variance: Tensor.random("variance", channels, in: 0.5...2))
    let twin = BatchNormalizationTwin(epsilon: Double(Self.epsilon), isRectified: isRectified)
    let (x, s, b) = (PlainTensor<Double>(input), PlainTensor<Double>(scale), PlainTensor<Double>(shift))
    let statistics =
      usesBatchStatistics ? nil : (mean: PlainTensor<Double>(given.mean), variance: PlainTensor<Double>(given.variance))
    let (output, saved) = BatchNormalization.forward(
      input, scale: scale, shift: shift, statistics: usesBatchStatistics ? nil : given,
      mode: .init(usesBatchStatistics: usesBatchStatistics, isRectified: isRectified, epsilon: Self.epsilon))
    let expected = twin.forward(x, scale: s, shift: b, statistics: statistics)
    expectClose(output, expected, .single, "output", sourceLocation: location)
    let used = statistics ?? twin.statistics(of: x)
    expectClose(saved.mean, used.mean, .single, "mean", sourceLocation: location)
    expectClose(saved.variance, used.variance, .single, "variance", sourceLocation: location)

    let upstream = Tensor.random("upstream", input.shape)
    let gradient = BatchNormalization.backward(upstream, input: input, scale: scale, saved: saved)
    let wanted = twin.backward(PlainTensor(upstream), input: x, scale: s, shift: b, statistics: statistics)
    let tolerance = Tolerance(absolute: 1e-4, relative: 1e-4)
    expectClose(gradient.input, wanted.input, tolerance, "input gradient", sourceLocation: location)
    expectClose(gradient.scale, wanted.scale, tolerance, "scale gradient", sourceLocation: location)
    expectClose(gradient.shift, wanted.shift, tolerance, "shift gradient", sourceLocation: location)
  }

  /// A mean a thousand deviations from zero must not cost the variance its digits.
  @Test(arguments: [1, 8])
  func statisticsSurviveAMeanFarFromZero(channels: Int) {
    var input = Tensor.random("input", [4, channels, 8, 8])
    input.withMutableElements { elements in
      for index in elements.indices { elements[index] = (elements[index] * 0x1p10).rounded() * 0x1p-10 + 512 }
    }
    let one = Tensor(repeating: 1, shape: [channels])
    let (_, saved) = BatchNormalization.forward(
      input, scale: one, shift: one, statistics: nil,
      mode: .init(usesBatchStatistics: true, isRectified: false, epsilon: 1e-5))
    let twin = BatchNormalizationTwin(epsilon: 1e-5, isRectified: false)
    let expected = twin.statistics(of: PlainTensor<Double>(input)).variance
    expectClose(saved.variance, expected, Tolerance(absolute: 0, relative: 1e-5))
  }

  @Test(arguments: [false, true])
  func resultsDoNotDependOnTheNumberOfThreads(isChannelsLast: Bool) {
    let shape: Shape = [4, 16, 33, 33]
    let input = isChannelsLast ? Self.channelsLast(shape) : Tensor.random("input", shape)
    let scale = Tensor.random("scale", [16])
    func run() -> [Float] {
      let (output, saved) = BatchNormalization.forward(
        input, scale: scale, shift: scale, statistics: nil,
        mode: .init(usesBatchStatistics: true, isRectified: true, epsilon: 1e-5))
      let gradient = BatchNormalization.backward(input, input: input, scale: scale, saved: saved)
      return output.elements + gradient.input.elements + gradient.scale.elements
    }
    let size = ThreadPool.size
    defer { ThreadPool.setSize(size) }
    ThreadPool.setSize(1)
    let alone = run()
    ThreadPool.setSize(2)
    #expect(run() == alone)
  }

  @Test func aConstantChannelBecomesItsShift() {
    let mode = BatchNormalization.Mode(usesBatchStatistics: true, isRectified: false, epsilon: 1e-5)
    let (output, saved) = BatchNormalization.forward(
      Tensor(repeating: 3, shape: [2, 1, 2, 2]), scale: Tensor([2], shape: [1]), shift: Tensor([0.25], shape: [1]),
      statistics: nil, mode: mode)
    #expect(output.elements == [Float](repeating: 0.25, count: 8))
    #expect(saved.mean.elements == [3])
    #expect(saved.variance.elements == [0])
  }

  @Test func shapesThatDoNotFitAreProgrammingErrors() async {
    await #expect(processExitsWith: .failure, "scale") {
      _ = BatchNormalization.forward(
        .random("input", [2, 3, 1, 1]), scale: .random("scale", [2]), shift: .random("shift", [2]), statistics: nil,
        mode: .init(usesBatchStatistics: true, isRectified: false, epsilon: 1e-5))
    }
    await #expect(processExitsWith: .failure, "statistics missing") {
      _ = BatchNormalization.forward(
        .random("input", [2, 3, 1, 1]), scale: .random("scale", [3]), shift: .random("shift", [3]), statistics: nil,
        mode: .init(usesBatchStatistics: false, isRectified: false, epsilon: 1e-5))
    }
    await #expect(processExitsWith: .failure, "statistics of other channels") {
      _ = BatchNormalization.forward(
        .random("input", [2, 3, 1, 1]), scale: .random("scale", [3]), shift: .random("shift", [3]),
        statistics: (.random("mean", [4]), .random("variance", [4])),
        mode: .init(usesBatchStatistics: false, isRectified: false, epsilon: 1e-5))
    }
    await #expect(processExitsWith: .failure, "upstream") {
      let (scale, input) = (Tensor.random("scale", [3]), Tensor.random("input", [2, 3, 1, 1]))
      let (_, saved) = BatchNormalization.forward(
        input, scale: scale, shift: scale, statistics: nil,
        mode: .init(usesBatchStatistics: true, isRectified: false, epsilon: 1e-5))
      _ = BatchNormalization.backward(.random("upstream", [2, 3, 1, 2]), input: input, scale: scale, saved: saved)
    }
  }
}
