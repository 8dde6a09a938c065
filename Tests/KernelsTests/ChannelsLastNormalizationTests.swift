import Kernels
import TestSupport
import Testing

/// Batch normalisation of what convolutions give, whose channels lie side by side.
@Suite struct ChannelsLastNormalizationTests {
  struct Case: CustomTestStringConvertible, Sendable {
    let channels: Int
    let batch: Int
    let image: (height: Int, width: Int)
    var testDescription: String { "\(batch) images of \(image), \(channels) channels" }

    var shape: Shape { [batch, channels, image.height, image.width] }
  }

  /// Narrow pixels, which go channel by channel, and wide ones; more pixels than a chunk of sums holds in the last.
  static let cases: [Case] =
    [8, 16, 24, 32, 72].flatMap { channels in
      [(1, (1, 2)), (3, (3, 3)), (2, (7, 5)), (3, (1, 9))].map { Case(channels: channels, batch: $0.0, image: $0.1) }
    }
    + [Case(channels: 24, batch: 2, image: (33, 35)), Case(channels: 72, batch: 3, image: (19, 18))]

  private static let epsilon: Float = 1e-3

  /// Images of a mean other than 0 that a 1x1 convolution leaves as it lays them out.
  private static func images(_ name: String, _ test: Case) -> Tensor {
    Convolution.forward(
      .random(name, [test.batch, 8, test.image.height, test.image.width], in: -0.5...1),
      weight: .random("filters", [test.channels, 8, 1, 1]), geometry: ConvolutionGeometry())
  }

  @Test(arguments: cases, [(true, true), (true, false), (false, true), (false, false)])
  func bothPassesAgreeWithTheTwin(_ test: Case, _ flags: (usesBatchStatistics: Bool, isRectified: Bool)) {
    let (input, row) = (Self.images("images", test), [test.channels] as Shape)
    #expect(input.shape == test.shape)
    let (scale, shift) = (Tensor.random("scale", row, in: 0.5...2), Tensor.random("shift", row))
    let given = (mean: Tensor.random("mean", row), variance: Tensor.random("variance", row, in: 0.5...2))
    let statistics =
      flags.usesBatchStatistics
      ? nil : (mean: PlainTensor<Double>(given.mean), variance: PlainTensor<Double>(given.variance))
    let twin = BatchNormalizationTwin(epsilon: Double(Self.epsilon), isRectified: flags.isRectified)
    let (x, s, b) = (PlainTensor<Double>(input), PlainTensor<Double>(scale), PlainTensor<Double>(shift))

    let (output, saved) = BatchNormalization.forward(
      input, scale: scale, shift: shift, statistics: flags.usesBatchStatistics ? nil : given,
      mode: .init(
        usesBatchStatistics: flags.usesBatchStatistics, isRectified: flags.isRectified, epsilon: Self.epsilon))
    expectClose(
      output, twin.forward(x, scale: s, shift: b, statistics: statistics), Tolerance(absolute: 5e-5, relative: 5e-5),
      "output")
    let used = statistics ?? twin.statistics(of: x)
    expectClose(saved.mean, used.mean, .single, "mean")
    expectClose(saved.variance, used.variance, .single, "variance")

    // Gradients arrive in row-major order from a loss, and channels-last from a convolution.
    let upstream = Self.images("upstream", test)
    let wanted = twin.backward(PlainTensor(upstream), input: x, scale: s, shift: b, statistics: statistics)
    let tolerance = Tolerance(absolute: 3e-4, relative: 3e-4)
    for (name, arrived) in [("channels-last", upstream), ("row-major", Tensor(upstream.elements, shape: test.shape))] {
      let gradient = BatchNormalization.backward(arrived, input: input, scale: scale, saved: saved)
      expectClose(gradient.input, wanted.input, tolerance, "input gradient, \(name)")
      expectClose(gradient.scale, wanted.scale, tolerance, "scale gradient, \(name)")
      expectClose(gradient.shift, wanted.shift, tolerance, "shift gradient, \(name)")
    }
  }

  /// The mean of every channel is a thousand deviations from zero.
  @Test(arguments: [8, 24, 72])
  func statisticsSurviveAMeanFarFromZero(channels: Int) {
    var filters = Tensor(repeating: 0, shape: [channels, 8, 1, 1])
    filters.withMutableElements { elements in
      for channel in 0..<channels { elements[channel * 8 + channel % 8] = 1 }
    }
    let input = Convolution.forward(
      .random("images", [2, 8, 5, 7], in: 999...1001), weight: filters, geometry: ConvolutionGeometry())
    let (_, saved) = BatchNormalization.forward(
      input, scale: Tensor(repeating: 1, shape: [channels]), shift: Tensor(repeating: 0, shape: [channels]),
      statistics: nil, mode: .init(usesBatchStatistics: true, isRectified: false, epsilon: Self.epsilon))
    let wanted = BatchNormalizationTwin(epsilon: 0, isRectified: false).statistics(of: PlainTensor<Double>(input))
    expectClose(saved.mean, wanted.mean, Tolerance(absolute: 0, relative: 1e-6), "mean")
    expectClose(saved.variance, wanted.variance, Tolerance(absolute: 1e-4, relative: 1e-4), "variance")
  }
}
