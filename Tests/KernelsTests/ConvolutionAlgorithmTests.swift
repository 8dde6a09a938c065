import Kernels
import TestSupport
import Testing

/// Every way in which a convolution is computed, at shapes that take it, alone and one behind the other.
@Suite struct ConvolutionAlgorithmTests {
  struct Case: CustomTestStringConvertible, Sendable {
    let name: String
    let channels: (input: Int, output: Int)
    var image = (height: 7, width: 5)
    var kernel = 3
    var stride = 1
    var padding = 1
    var groups = 1
    var hasBias = false

    var weight: Shape { [channels.output, channels.input / groups, kernel, kernel] }
    var geometry: ConvolutionGeometry { ConvolutionGeometry(stride: stride, padding: padding, groups: groups) }
    var testDescription: String { "\(name): \(channels) channels, \(image), stride \(stride)" }

    func input(_ batch: Int) -> Shape { [batch, channels.input, image.height, image.width] }

    func twin(_ batch: Int) -> ConvolutionTwin {
      ConvolutionTwin(input: input(batch), weight: weight, stride: stride, padding: padding, groups: groups)
    }
  }

  private static let pointwise = [(8, 8), (16, 24), (40, 8)].flatMap { channels in
    [1, 2, 3].map { stride in
      Case(name: "pointwise", channels: channels, kernel: 1, stride: stride, padding: 0)
    }
  }

  private static let patches = [
    Case(name: "patches, 3 channels", channels: (3, 16)),
    Case(name: "patches, 3 channels", channels: (3, 8), image: (9, 7), stride: 2),
    Case(name: "patches, 1 channel", channels: (1, 8)),
    Case(name: "patches, 12 channels", channels: (12, 8), kernel: 1, padding: 0),
    Case(name: "patches, 7x7", channels: (3, 8), image: (11, 13), kernel: 7, stride: 2, padding: 3),
    Case(name: "patches, 3x3", channels: (8, 16), stride: 2),
    Case(name: "patches, 3x3", channels: (16, 8), image: (8, 6), stride: 2),
    Case(name: "patches, no padding", channels: (8, 8), padding: 0),
    Case(name: "patches, padded 1x1", channels: (8, 8), kernel: 1, stride: 2),
    Case(name: "patches, padding wider than the window", channels: (8, 8), image: (2, 3), padding: 4),
    Case(name: "patches, 5x5 over one pixel", channels: (3, 8), image: (1, 1), kernel: 5, padding: 2),
    // Two images to a chunk of patches.
    Case(name: "patches, two chunks", channels: (3, 8), image: (5, 5), kernel: 7, padding: 30),
  ]

  private static let winograd = [(8, 8), (16, 24), (40, 8)].flatMap { channels in
    [(7, 5), (4, 4), (1, 1), (1, 9)].map { Case(name: "winograd", channels: channels, image: $0) }
  }

  private static let depthwise = [8, 24].flatMap { channels in
    [1, 2].flatMap { stride in
      [(7, 5), (6, 8), (1, 1)].map { image in
        Case(name: "depthwise", channels: (channels, channels), image: image, stride: stride, groups: channels)
      }
    }
  }

  private static let direct = [
    Case(name: "direct, pointwise with bias", channels: (8, 16), kernel: 1, padding: 0, hasBias: true),
    Case(name: "direct, 3x3 with bias", channels: (8, 16), hasBias: true),
    Case(name: "direct, depthwise with bias", channels: (16, 16), groups: 16, hasBias: true),
    Case(name: "direct, 2 groups", channels: (16, 16), groups: 2),
    Case(name: "direct, 3 groups with bias", channels: (9, 12), stride: 2, groups: 3, hasBias: true),
    Case(name: "direct, 12 outputs", channels: (8, 12)),
    Case(name: "direct, 12 outputs", channels: (16, 12), kernel: 1, padding: 0),
    Case(name: "direct, odd channels", channels: (5, 7), stride: 2),
    Case(name: "direct, depthwise of 12", channels: (12, 12), groups: 12),
    Case(name: "direct, depthwise without padding", channels: (8, 8), padding: 0, groups: 8),
  ]

  static let cases = pointwise + patches + winograd + depthwise + direct

  @Test(arguments: cases, [1, 3])
  func allPassesAgreeWithTheTwin(_ test: Case, batch: Int) throws {
    let twin = test.twin(batch)
    let (input, weight) = (Tensor.random("input", test.input(batch)), Tensor.random("weight", test.weight))
    let bias = test.hasBias ? Tensor.random("bias", [test.channels.output]) : nil
    let upstream = Tensor.random("upstream", twin.outputShape)
    let (x, w, g) = (PlainTensor<Double>(input), PlainTensor<Double>(weight), PlainTensor<Double>(upstream))

    let output = Convolution.forward(input, weight: weight, bias: bias, geometry: test.geometry)
    expectClose(output, twin.forward(x, w, bias: bias.map { PlainTensor($0) }), .single, "output")
    expectClose(
      Convolution.inputGradient(upstream, weight: weight, inputShape: input.shape, geometry: test.geometry),
      twin.inputGradient(g, w), .single, "input gradient")
    let gradient = Convolution.weightGradient(
      upstream, input: input, weightShape: test.weight, hasBias: test.hasBias, geometry: test.geometry)
    expectClose(gradient.weight, twin.weightGradient(g, x), .single, "weight gradient")
    #expect((gradient.bias != nil) == test.hasBias)
    if test.hasBias {
      expectClose(try #require(gradient.bias), twin.biasGradient(g), .single, "bias gradient")
    }
  }

  @Test(arguments: cases)
  func anEmptyBatchHasNoOutputAndNoGradient(_ test: Case) {
    let nothing = Tensor([], shape: test.input(0))
    let weight = Tensor.random("weight", test.weight)
    let bias = test.hasBias ? Tensor.random("bias", [test.channels.output]) : nil
    let output = Convolution.forward(nothing, weight: weight, bias: bias, geometry: test.geometry)
    #expect(output.shape == test.twin(0).outputShape && output.elements == [])
    let atInput = Convolution.inputGradient(
      output, weight: weight, inputShape: nothing.shape, geometry: test.geometry)
    #expect(atInput.shape == nothing.shape && atInput.elements == [])
    // Memory of the gradient's size that held something else before.
    do { _ = (0..<8).map { _ in Tensor(repeating: .nan, shape: weight.shape) } }
    let gradient = Convolution.weightGradient(
      output, input: nothing, weightShape: test.weight, hasBias: test.hasBias, geometry: test.geometry)
    expectClose(gradient.weight, Tensor(repeating: 0, shape: weight.shape), .exact, "weight gradient")
    if let shift = gradient.bias {
      expectClose(shift, Tensor(repeating: 0, shape: [test.channels.output]), .exact, "bias gradient")
    }
  }

  // MARK: One behind the other

  /// Two convolutions of different algorithms with a batch normalisation between, so that layouts are converted.
  static let chains: [(first: Case, second: Case)] = [
    (Case(name: "patches", channels: (3, 8), stride: 2), Case(name: "winograd", channels: (8, 16))),
    (Case(name: "winograd", channels: (8, 16)), Case(name: "pointwise", channels: (16, 24), kernel: 1, padding: 0)),
    (
      Case(name: "depthwise", channels: (16, 16), stride: 2, groups: 16),
      Case(name: "pointwise", channels: (16, 8), kernel: 1, padding: 0)
    ),
    (
      Case(name: "pointwise", channels: (8, 24), kernel: 1, stride: 2, padding: 0),
      Case(name: "depthwise", channels: (24, 24), groups: 24)
    ),
    (Case(name: "direct", channels: (8, 12)), Case(name: "patches", channels: (12, 16), stride: 2)),
    (Case(name: "direct", channels: (16, 16), groups: 2), Case(name: "winograd", channels: (16, 8))),
    (Case(name: "winograd", channels: (8, 24)), Case(name: "direct", channels: (24, 12), kernel: 1, padding: 0)),
    (Case(name: "direct", channels: (5, 7)), Case(name: "direct", channels: (7, 7), groups: 7)),
  ]

  @Test(arguments: chains, [1, 3])
  func chainsAgreeWithTheTwins(_ chain: (first: Case, second: Case), batch: Int) {
    var (first, second) = chain
    first.image = (height: 9, width: 7)
    let inner = first.twin(batch)
    second.image = (height: inner.outputShape[2], width: inner.outputShape[3])
    let outer = second.twin(batch)
    let input = Tensor.random("input", first.input(batch))
    let (near, far) = (Tensor.random("near", first.weight), Tensor.random("far", second.weight))
    let row: Shape = [first.channels.output]
    let (scale, shift) = (Tensor.random("scale", row, in: 0.5...2), Tensor.random("shift", row))
    let upstream = Tensor.random("upstream", outer.outputShape)
    let epsilon: Float = 1e-3

    let middle = Convolution.forward(input, weight: near, geometry: first.geometry)
    let (normalized, saved) = BatchNormalization.forward(
      middle, scale: scale, shift: shift, statistics: nil,
      mode: .init(usesBatchStatistics: true, isRectified: true, epsilon: epsilon))
    let output = Convolution.forward(normalized, weight: far, geometry: second.geometry)
    let atFar = Convolution.weightGradient(
      upstream, input: normalized, weightShape: far.shape, hasBias: false, geometry: second.geometry
    ).weight
    let atNormalized = Convolution.inputGradient(
      upstream, weight: far, inputShape: normalized.shape, geometry: second.geometry)
    let atMiddle = BatchNormalization.backward(atNormalized, input: middle, scale: scale, saved: saved)
    let atNear = Convolution.weightGradient(
      atMiddle.input, input: input, weightShape: near.shape, hasBias: false, geometry: first.geometry
    ).weight
    let atInput = Convolution.inputGradient(
      atMiddle.input, weight: near, inputShape: input.shape, geometry: first.geometry)

    let norm = BatchNormalizationTwin(epsilon: Double(epsilon), isRectified: true)
    let (x, w, v) = (PlainTensor<Double>(input), PlainTensor<Double>(near), PlainTensor<Double>(far))
    let (s, b, g) = (PlainTensor<Double>(scale), PlainTensor<Double>(shift), PlainTensor<Double>(upstream))
    let plainMiddle = inner.forward(x, w)
    let plainNormalized = norm.forward(plainMiddle, scale: s, shift: b)
    let wanted = norm.backward(outer.inputGradient(g, v), input: plainMiddle, scale: s, shift: b)
    // Each step's rounding goes through the next, and gradients are sums of some hundred products.
    let tolerance = Tolerance(absolute: 2e-4, relative: 2e-4)
    expectClose(output, outer.forward(plainNormalized, v), tolerance, "output")
    expectClose(atFar, outer.weightGradient(g, plainNormalized), tolerance, "second weight")
    expectClose(atMiddle.scale, wanted.scale, tolerance, "scale")
    expectClose(atMiddle.shift, wanted.shift, tolerance, "shift")
    expectClose(atNear, inner.weightGradient(wanted.input, x), tolerance, "first weight")
    expectClose(atInput, inner.inputGradient(wanted.input, w), tolerance, "input")
  }
}
