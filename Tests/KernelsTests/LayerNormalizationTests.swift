import Kernels
import TestSupport
import Testing

@Suite struct LayerNormalizationTests {
  static let shapes: [Shape] =
    [1, 7, 8, 9, 384].flatMap { width in [0, 1, 33].map { [$0, width] } } + [[2, 3, 9], [2, 17, 16], [9]]
  private static let epsilon: Float = 1e-5
  /// Sums of up to 33 products; of 384 for a row's own.
  private static let gradientTolerance = Tolerance(absolute: 5e-5, relative: 5e-5)

  private struct Operands {
    let input: Tensor
    let scale: Tensor
    let shift: Tensor
    let upstream: Tensor

    init(_ shape: Shape) {
      let row: Shape = [shape[shape.rank - 1]]
      input = .random("input", shape, in: -1...3)
      scale = .random("scale", row, in: 0.5...2)
      shift = .random("shift", row)
      upstream = .random("upstream", shape)
    }
  }

  private let twin = LayerNormalizationTwin(epsilon: Double(Self.epsilon))

  @Test(arguments: shapes)
  func bothPassesAgreeWithTheTwin(shape: Shape) {
    let operands = Operands(shape)
    let (x, s) = (PlainTensor<Double>(operands.input), PlainTensor<Double>(operands.scale))
    let (output, saved) = LayerNormalization.forward(
      operands.input, scale: operands.scale, shift: operands.shift, epsilon: Self.epsilon)
    expectClose(output, twin.forward(x, scale: s, shift: PlainTensor(operands.shift)), .single, "output")
    let gradient = LayerNormalization.backward(operands.upstream, scale: operands.scale, saved: saved)
    let expected = twin.backward(PlainTensor(operands.upstream), input: x, scale: s)
    expectClose(gradient.input, expected.input, Self.gradientTolerance, "input gradient")
    expectClose(gradient.scale, expected.scale, Self.gradientTolerance, "scale gradient")
    expectClose(gradient.shift, expected.shift, Self.gradientTolerance, "shift gradient")
  }

  @Test func theTwinsWrittenGradientsAreThoseOfItsValues() {
    let operands = Operands([3, 5])
    let (x, s, b) = (
      PlainTensor<Double>(operands.input), PlainTensor<Double>(operands.scale), PlainTensor<Double>(operands.shift)
    )
    let u = PlainTensor<Double>(operands.upstream)
    let written = twin.backward(u, input: x, scale: s)
    let tolerance = Tolerance(absolute: 1e-8, relative: 1e-7)
    let atInput = centralDifferences(at: x) { u.dot(twin.forward($0, scale: s, shift: b)) }
    let atScale = centralDifferences(at: s) { u.dot(twin.forward(x, scale: $0, shift: b)) }
    let atShift = centralDifferences(at: b) { u.dot(twin.forward(x, scale: s, shift: $0)) }
    #expect(difference(written.input, atInput, tolerance) == nil)
    #expect(difference(written.scale, atScale, tolerance) == nil)
    #expect(difference(written.shift, atShift, tolerance) == nil)
  }

  /// A mean two thousand deviations from zero must not cost the variance its digits.
  @Test(arguments: [7, 8, 384])
  func statisticsSurviveAMeanFarFromZero(width: Int) {
    let input = Tensor.random("input", [3, width], in: 999...1001)
    let ones = Tensor(repeating: 1, shape: [width])
    let zeros = Tensor(repeating: 0, shape: [width])
    let (output, _) = LayerNormalization.forward(input, scale: ones, shift: zeros, epsilon: Self.epsilon)
    let expected = twin.forward(PlainTensor<Double>(input), scale: PlainTensor(ones), shift: PlainTensor(zeros))
    expectClose(output, expected, Tolerance(absolute: 1e-3, relative: 1e-3))
  }

  @Test(arguments: [1, 7, 8, 9])
  func rowsOfEqualValuesBecomeTheShift(width: Int) {
    let shift = Tensor.random("shift", [width])
    let (output, _) = LayerNormalization.forward(
      Tensor(repeating: 2.5, shape: [2, width]), scale: Tensor(repeating: 3, shape: [width]), shift: shift,
      epsilon: 1e-12)
    expectClose(output, Tensor(shift.elements + shift.elements, shape: [2, width]), .exact)
  }

  @Test(arguments: [1, 7, 8, 17])
  func notANumberReachesItsWholeRowAndNoOther(width: Int) {
    for place in 0..<width {
      var values = Tensor.random("input", [2, width]).elements
      values[place] = .nan
      let operands = Operands([2, width])
      let (output, _) = LayerNormalization.forward(
        Tensor(values, shape: [2, width]), scale: operands.scale, shift: operands.shift, epsilon: Self.epsilon)
      #expect(output.elements.prefix(width).allSatisfy { $0.isNaN }, "place \(place)")
      #expect(output.elements.suffix(width).allSatisfy { $0.isFinite }, "place \(place)")
    }
  }

  // MARK: Behind a residual addition

  private static let masks: [DropoutMask?] = [
    nil, DropoutMask(probability: 0.4, stream: Seed(3).stream("dropout")),
  ]

  /// dropout(projected + bias) + residual by the kernels of its parts, which round alike.
  private static func sum(_ projected: Tensor, _ bias: Tensor, _ residual: Tensor, _ mask: DropoutMask?) -> Tensor {
    let biased = MatrixTwin.adding(PlainTensor<Float>(bias), toRowsOf: PlainTensor(projected))
    let tensor = Tensor(biased.elements, shape: projected.shape)
    return Elementwise.sum(mask?(tensor) ?? tensor, residual)
  }

  @Test(arguments: shapes, masks)
  func theResidualFormIsTheNormalizedSum(shape: Shape, mask: DropoutMask?) {
    let operands = Operands(shape)
    let (projected, residual) = (Tensor.random("projected", shape), operands.input)
    let bias = Tensor.random("bias", operands.scale.shape)
    let before = projected.elements
    let (output, saved) = LayerNormalization.residual(
      projected, bias: bias, residual: residual, dropout: mask, scale: operands.scale, shift: operands.shift,
      epsilon: Self.epsilon)
    #expect(projected.elements == before, "a tensor that another shares was written to")
    let (expected, plain) = LayerNormalization.forward(
      Self.sum(projected, bias, residual, mask), scale: operands.scale, shift: operands.shift, epsilon: Self.epsilon)
    expectClose(output, expected, .exact, "output")

    let gradient = LayerNormalization.residualBackward(
      operands.upstream, scale: operands.scale, saved: saved, dropout: mask)
    let atSum = LayerNormalization.backward(operands.upstream, scale: operands.scale, saved: plain)
    let atProjected = mask?(atSum.input) ?? atSum.input
    expectClose(gradient.residual, atSum.input, .exact, "residual gradient")
    expectClose(gradient.projected, atProjected, .exact, "projected gradient")
    expectClose(
      gradient.bias, MatrixTwin.columnSums(PlainTensor<Double>(atProjected)), Self.gradientTolerance, "bias gradient")
    expectClose(gradient.scale, atSum.scale, .exact, "scale gradient")
    expectClose(gradient.shift, atSum.shift, .exact, "shift gradient")
  }

  @Test func resultsAreTheSameBitsOnAnyNumberOfThreads() {
    let size = ThreadPool.size
    defer { ThreadPool.setSize(size) }
    let operands = Operands([333, 130])
    let results = [1, 2, 3].map { threads in
      ThreadPool.setSize(threads)
      let (output, saved) = LayerNormalization.residual(
        operands.upstream, bias: operands.shift, residual: operands.input, dropout: Self.masks[1],
        scale: operands.scale, shift: operands.shift, epsilon: Self.epsilon)
      let gradient = LayerNormalization.residualBackward(
        operands.upstream, scale: operands.scale, saved: saved, dropout: Self.masks[1])
      return [output, gradient.residual, gradient.projected, gradient.bias, gradient.scale, gradient.shift]
        .map(\.elements)
    }
    #expect(results[1] == results[0])
    #expect(results[2] == results[0])
  }

  @Test func shapesThatDoNotFitAreProgrammingErrors() async {
    await #expect(processExitsWith: .failure, "scale") {
      _ = LayerNormalization.forward(
        .random("input", [2, 3]), scale: .random("scale", [2]), shift: .random("shift", [2]), epsilon: 1e-5)
    }
    await #expect(processExitsWith: .failure, "shift") {
      _ = LayerNormalization.forward(
        .random("input", [2, 3]), scale: .random("scale", [3]), shift: .random("shift", [2]), epsilon: 1e-5)
    }
    await #expect(processExitsWith: .failure, "no columns") {
      _ = LayerNormalization.forward(
        .random("input", [2, 0]), scale: .random("scale", [0]), shift: .random("shift", [0]), epsilon: 1e-5)
    }
    await #expect(processExitsWith: .failure, "residual") {
      _ = LayerNormalization.residual(
        .random("projected", [2, 3]), bias: .random("bias", [3]), residual: .random("residual", [3, 3]), dropout: nil,
        scale: .random("scale", [3]), shift: .random("shift", [3]), epsilon: 1e-5)
    }
    await #expect(processExitsWith: .failure, "bias") {
      _ = LayerNormalization.residual(
        .random("projected", [2, 3]), bias: .random("bias", [2]), residual: .random("residual", [2, 3]), dropout: nil,
        scale: .random("scale", [3]), shift: .random("shift", [3]), epsilon: 1e-5)
    }
    await #expect(processExitsWith: .failure, "upstream") {
      let row = Tensor.random("row", [3])
      let (_, saved) = LayerNormalization.forward(.random("input", [2, 3]), scale: row, shift: row, epsilon: 1e-5)
      _ = LayerNormalization.backward(.random("upstream", [3, 3]), scale: row, saved: saved)
    }
  }
}
