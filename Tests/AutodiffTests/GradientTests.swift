import Autodiff
import Kernels
import TestSupport
import Testing

/// Derivatives of every operation, at every operand, against central differences of its plain-loop twin.
@Suite struct GradientTests {
  private typealias Plain = PlainTensor<Double>
  private static let tolerance = Tolerance(absolute: 5e-5, relative: 5e-5)

  /// Gradient at `x` of the sum of `upstream` times what `body` makes of it.
  private func gradient(
    at x: Tensor, _ upstream: Tensor, mode: Pass.Mode = .training, _ body: (Variable, Pass) -> Variable
  ) throws -> Tensor {
    let variable = Variable(x, needsGradient: true)
    let tape = Tape()
    tape.backward(from: body(variable, Pass(mode, tape: tape)), upstream: upstream)
    return try #require(variable.gradient)
  }

  @Test(arguments: [(stride: 1, groups: 1), (2, 1), (1, 2), (2, 4)])
  func convolution(_ test: (stride: Int, groups: Int)) throws {
    let (stride, groups) = test
    let input = Tensor.random("input", [2, 4, 5, 4])
    let (weight, bias) = (Tensor.random("weight", [4, 4 / groups, 3, 3]), Tensor.random("bias", [4]))
    let twin = ConvolutionTwin(input: input.shape, weight: weight.shape, stride: stride, padding: 1, groups: groups)
    let (x, w, b) = (Plain(input), Plain(weight), Plain(bias))
    let upstream = Tensor.random("upstream", twin.outputShape)
    let u = Plain(upstream)

    let (filters, shift) = (Parameter(weight, role: .weight), Parameter(bias, role: .bias))
    let atInput = try gradient(at: input, upstream) { variable, pass in
      pass.convolution(
        variable, weight: filters, bias: shift,
        geometry: ConvolutionGeometry(stride: stride, padding: 1, groups: groups))
    }
    expectClose(atInput, centralDifferences(at: x) { u.dot(twin.forward($0, w, bias: b)) }, Self.tolerance, "input")
    expectClose(
      try #require(filters.gradient), centralDifferences(at: w) { u.dot(twin.forward(x, $0, bias: b)) },
      Self.tolerance, "weight")
    expectClose(
      try #require(shift.gradient), centralDifferences(at: b) { u.dot(twin.forward(x, w, bias: $0)) },
      Self.tolerance, "bias")
  }

  @Test func linear() throws {
    let (input, weight, bias) = (
      Tensor.random("input", [3, 5]), Tensor.random("weight", [4, 5]), Tensor.random("bias", [4])
    )
    let (x, w, b) = (Plain(input), Plain(weight), Plain(bias))
    let upstream = Tensor.random("upstream", [3, 4])
    let u = Plain(upstream)
    let (matrix, shift) = (Parameter(weight, role: .weight), Parameter(bias, role: .bias))
    let atInput = try gradient(at: input, upstream) { $1.linear($0, weight: matrix, bias: shift) }
    expectClose(
      atInput, centralDifferences(at: x) { u.dot(MatrixTwin.linear($0, w, bias: b)) }, Self.tolerance, "input")
    expectClose(
      try #require(matrix.gradient), centralDifferences(at: w) { u.dot(MatrixTwin.linear(x, $0, bias: b)) },
      Self.tolerance, "weight")
    expectClose(
      try #require(shift.gradient), centralDifferences(at: b) { u.dot(MatrixTwin.linear(x, w, bias: $0)) },
      Self.tolerance, "bias")
  }

  @Test(arguments: [Pass.Mode.training, .evaluation], [false, true])
  func batchNormalization(mode: Pass.Mode, isRectified: Bool) throws {
    let input = Tensor.random("input", [3, 2, 3, 3], in: -1...3)
    let (scale, shift) = (Tensor.random("scale", [2], in: 0.5...2), Tensor.random("shift", [2]))
    let (x, s, b) = (Plain(input), Plain(scale), Plain(shift))
    let statistics = RunningStatistics(channels: 2)
    statistics.mean = .random("mean", [2])
    statistics.variance = .random("variance", [2], in: 0.5...2)
    let given = mode == .training ? nil : (mean: Plain(statistics.mean), variance: Plain(statistics.variance))
    let twin = BatchNormalizationTwin(epsilon: Double(Float(1e-3)), isRectified: isRectified)
    let upstream = Tensor.random("upstream", input.shape)
    let u = Plain(upstream)
    func value(_ x: Plain, _ s: Plain, _ b: Plain) -> Double {
      u.dot(twin.forward(x, scale: s, shift: b, statistics: given))
    }

    let (factor, offset) = (Parameter(scale, role: .normalization), Parameter(shift, role: .normalization))
    let atInput = try gradient(at: input, upstream, mode: mode) { variable, pass in
      pass.batchNormalization(
        variable, scale: factor, shift: offset, statistics: statistics, momentum: 0.1, epsilon: 1e-3,
        isRectified: isRectified)
    }
    expectClose(atInput, centralDifferences(at: x) { value($0, s, b) }, Self.tolerance, "input")
    expectClose(
      try #require(factor.gradient), centralDifferences(at: s) { value(x, $0, b) }, Self.tolerance, "scale")
    expectClose(
      try #require(offset.gradient), centralDifferences(at: b) { value(x, s, $0) }, Self.tolerance, "shift")
    // The twin's own written-out backward pass, which the kernels are compared with on many shapes.
    let written = twin.backward(u, input: x, scale: s, shift: b, statistics: given)
    expectClose(atInput, written.input, Self.tolerance, "written-out input gradient")
  }

  @Test(arguments: [PoolingGeometry.Kind.maximum, .average])
  func pooling(kind: PoolingGeometry.Kind) throws {
    let input = Tensor.shuffled("input", [2, 3, 5, 4])
    let twin = PoolingTwin(input: input.shape, kernel: (3, 3), stride: 2, padding: 1)
    let upstream = Tensor.random("upstream", twin.outputShape)
    let u = Plain(upstream)
    let atInput = try gradient(at: input, upstream) {
      $1.pooling($0, PoolingGeometry(kind, kernel: 3, stride: 2, padding: 1))
    }
    let expected = centralDifferences(at: Plain(input)) {
      u.dot(kind == .maximum ? twin.maximum($0) : twin.average($0))
    }
    expectClose(atInput, expected, Self.tolerance)
  }

  @Test func globalAveragePooling() throws {
    let input = Tensor.random("input", [2, 9, 3, 5])
    let twin = PoolingTwin(input: input.shape, kernel: (3, 5), stride: 1, padding: 0)
    let upstream = Tensor.random("upstream", [2, 9])
    let u = Plain(upstream.reshaped(to: twin.outputShape))
    let atInput = try gradient(at: input, upstream) { $1.globalAveragePooling($0) }
    expectClose(atInput, centralDifferences(at: Plain(input)) { u.dot(twin.average($0)) }, Self.tolerance)
  }

  /// Both rectifiers, with inputs on all their pieces.
  @Test(arguments: [false, true])
  func rectifiers(isCapped: Bool) throws {
    let input = Tensor.random("input", [2, 3, 3, 3], in: -6...12)
    let upstream = Tensor.random("upstream", input.shape)
    let u = Plain(upstream)
    let atInput = try gradient(at: input, upstream) { isCapped ? $1.relu6($0) : $1.relu($0) }
    let expected = centralDifferences(at: Plain(input)) { x in
      u.dot(x.map { isCapped ? min(max($0, 0), 6) : max($0, 0) })
    }
    expectClose(atInput, expected, Self.tolerance)
  }

  @Test(arguments: [false, true])
  func sumsReachBothTerms(isRectified: Bool) throws {
    let (first, second) = (Tensor.random("first", [1, 3, 2, 2]), Tensor.random("second", [1, 3, 2, 2]))
    let upstream = Tensor.random("upstream", first.shape)
    let u = Plain(upstream)
    func value(_ x: Plain, _ y: Plain) -> Double { u.dot(x.zip(y) { isRectified ? max($0 + $1, 0) : $0 + $1 }) }
    let other = Variable(second, needsGradient: true)
    let atFirst = try gradient(at: first, upstream) { isRectified ? $1.rectifiedSum($0, other) : $1.sum($0, other) }
    expectClose(atFirst, centralDifferences(at: Plain(first)) { value($0, Plain(second)) }, Self.tolerance, "first")
    expectClose(
      try #require(other.gradient), centralDifferences(at: Plain(second)) { value(Plain(first), $0) },
      Self.tolerance, "second")
  }

  /// A residual block: the value before it is read by the convolution and by the sum.
  @Test func aResidualBlockAddsTheGradientsOfBothBranches() throws {
    let input = Tensor.random("input", [1, 2, 4, 4])
    let (first, second) = (Tensor.random("first", [3, 2, 3, 3]), Tensor.random("second", [3, 3, 3, 3]))
    let twin = ConvolutionTwin(input: input.shape, weight: first.shape, padding: 1)
    let inner = ConvolutionTwin(input: twin.outputShape, weight: second.shape, padding: 1)
    let upstream = Tensor.random("upstream", inner.outputShape)
    let u = Plain(upstream)
    func value(_ x: Plain, _ w: Plain, _ v: Plain) -> Double {
      let start = twin.forward(x, w)
      return u.dot(start.zip(inner.forward(start.map { max($0, 0) }, v)) { max($0 + $1, 0) })
    }
    let (w, v) = (Parameter(first, role: .weight), Parameter(second, role: .weight))
    let geometry = ConvolutionGeometry(padding: 1)
    let atInput = try gradient(at: input, upstream) { variable, pass in
      let start = pass.convolution(variable, weight: w, geometry: geometry)
      return pass.rectifiedSum(start, pass.convolution(pass.relu(start), weight: v, geometry: geometry))
    }
    // Sums of some thousand products near 1.
    let tolerance = Tolerance(absolute: 5e-4, relative: 1e-4)
    expectClose(
      atInput, centralDifferences(at: Plain(input), step: 1e-6) { value($0, Plain(first), Plain(second)) }, tolerance,
      "input")
    expectClose(
      try #require(w.gradient),
      centralDifferences(at: Plain(first), step: 1e-6) { value(Plain(input), $0, Plain(second)) }, tolerance, "first")
    expectClose(
      try #require(v.gradient),
      centralDifferences(at: Plain(second), step: 1e-6) { value(Plain(input), Plain(first), $0) }, tolerance, "second")
  }
}
