import Autodiff
import Kernels
import TestSupport
import Testing

/// Derivatives of what transformers are made of, at every operand, against central differences of its plain-loop twin.
@Suite struct TransformerGradientTests {
  private typealias Plain = PlainTensor<Double>
  private static let tolerance = Tolerance(absolute: 5e-5, relative: 5e-5)
  private static let mask = DropoutMask(probability: 0.4, stream: Seed(11).stream("dropout"))

  /// Gradient at `x` of the sum of `upstream` times what `body` makes of it.
  private func gradient(
    at x: Tensor, _ upstream: Tensor, _ body: (Variable, Pass) -> Variable
  ) throws -> Tensor {
    let variable = Variable(x, needsGradient: true)
    let tape = Tape()
    tape.backward(from: body(variable, Pass(.training, tape: tape)), upstream: upstream)
    return try #require(variable.gradient)
  }

  /// Compares the gradient that has arrived at `parameter` with central differences of `value` at its elements.
  private func check(
    _ parameter: Parameter, _ what: String, location: SourceLocation = #_sourceLocation, _ value: (Plain) -> Double
  ) throws {
    expectClose(
      try #require(parameter.gradient, sourceLocation: location),
      centralDifferences(at: Plain(parameter.active), of: value), Self.tolerance, what, sourceLocation: location)
  }

  /// What a mask multiplies a tensor of `shape` with.
  private func factors(_ mask: DropoutMask?, _ shape: Shape) -> Plain {
    let ones = Tensor(repeating: 1, shape: shape)
    return Plain(mask?(ones) ?? ones)
  }

  @Test(arguments: [[4, 5], [2, 3, 8], [2, 1, 9]] as [Shape])
  func layerNormalization(shape: Shape) throws {
    let width = shape[shape.rank - 1]
    let (input, upstream) = (Tensor.random("input", shape, in: -1...3), Tensor.random("upstream", shape))
    let scale = Parameter(.random("scale", [width], in: 0.5...2), role: .normalization)
    let shift = Parameter(.random("shift", [width]), role: .normalization)
    let twin = LayerNormalizationTwin(epsilon: Double(Float(1e-3)))
    let (x, s, b, u) = (Plain(input), Plain(scale.value), Plain(shift.value), Plain(upstream))
    let atInput = try gradient(at: input, upstream) {
      $1.layerNormalization($0, scale: scale, shift: shift, epsilon: 1e-3)
    }
    expectClose(
      atInput, centralDifferences(at: x) { u.dot(twin.forward($0, scale: s, shift: b)) }, Self.tolerance, "input")
    try check(scale, "scale") { u.dot(twin.forward(x, scale: $0, shift: b)) }
    try check(shift, "shift") { u.dot(twin.forward(x, scale: s, shift: $0)) }
  }

  @Test(arguments: [[2, 3, 5], [3, 4, 8]] as [Shape])
  func meanOverPositions(shape: Shape) throws {
    let (batch, length, width) = (shape[0], shape[1], shape[2])
    let counted = (0..<batch * length).map { $0 % length == 0 || $0 % 3 != 0 }
    let (input, upstream) = (Tensor.random("input", shape), Tensor.random("upstream", [batch, width]))
    let u = Plain(upstream)
    let atInput = try gradient(at: input, upstream) { $1.meanOverPositions($0, counted: counted) }
    let expected = centralDifferences(at: Plain(input)) { x in
      (0..<batch).reduce(0) { sum, sequence in
        let positions = (sequence * length..<(sequence + 1) * length).filter { counted[$0] }
        return sum
          + (0..<width).reduce(0) { sum, column in
            let total = positions.reduce(0) { $0 + x.elements[$1 * width + column] }
            return sum + u.elements[sequence * width + column] * total / Double(positions.count)
          }
      }
    }
    expectClose(atInput, expected, Self.tolerance, "input")
  }

  @Test(arguments: [nil, mask], [5, 9])
  func projectedResidual(mask: DropoutMask?, width: Int) throws {
    let (input, residual) = (Tensor.random("input", [2, 3, 4]), Tensor.random("residual", [2, 3, width]))
    let upstream = Tensor.random("upstream", residual.shape)
    let weight = Parameter(.random("weight", [width, 4]), role: .weight)
    let bias = Parameter(.random("bias", [width]), role: .bias)
    let scale = Parameter(.random("scale", [width], in: 0.5...2), role: .normalization)
    let shift = Parameter(.random("shift", [width]), role: .normalization)
    let twin = LayerNormalizationTwin(epsilon: Double(Float(1e-3)))
    let (factors, u) = (factors(mask, residual.shape), Plain(upstream))
    let (x, r, w) = (Plain(input), Plain(residual), Plain(weight.value))
    let (b, s, t) = (Plain(bias.value), Plain(scale.value), Plain(shift.value))
    func value(_ x: Plain, _ r: Plain, _ w: Plain, _ b: Plain, _ s: Plain, _ t: Plain) -> Double {
      let projected = MatrixTwin.linearOverLastAxis(x, w, bias: b).zip(factors, *)
      return u.dot(twin.forward(projected.zip(r, +), scale: s, shift: t))
    }

    let other = Variable(residual, needsGradient: true)
    let atInput = try gradient(at: input, upstream) { variable, pass in
      pass.projectedResidual(
        variable, weight: weight, bias: bias, residual: other, dropout: mask, scale: scale, shift: shift,
        epsilon: 1e-3)
    }
    expectClose(atInput, centralDifferences(at: x) { value($0, r, w, b, s, t) }, Self.tolerance, "input")
    expectClose(
      try #require(other.gradient), centralDifferences(at: r) { value(x, $0, w, b, s, t) }, Self.tolerance, "residual")
    try check(weight, "weight") { value(x, r, $0, b, s, t) }
    try check(bias, "bias") { value(x, r, w, $0, s, t) }
    try check(scale, "scale") { value(x, r, w, b, $0, t) }
    try check(shift, "shift") { value(x, r, w, b, s, $0) }
  }

  /// The residual is what is projected, too: both gradients reach one variable.
  @Test func aSublayerAddsTheGradientsOfBothBranches() throws {
    let (input, upstream) = (Tensor.random("input", [2, 3, 5]), Tensor.random("upstream", [2, 3, 5]))
    let weight = Parameter(.random("weight", [5, 5]), role: .weight)
    let bias = Parameter(.random("bias", [5]), role: .bias)
    let scale = Parameter(.random("scale", [5], in: 0.5...2), role: .normalization)
    let shift = Parameter(.random("shift", [5]), role: .normalization)
    let twin = LayerNormalizationTwin(epsilon: Double(Float(1e-3)))
    let (factors, u) = (factors(Self.mask, input.shape), Plain(upstream))
    let atInput = try gradient(at: input, upstream) { variable, pass in
      pass.projectedResidual(
        variable, weight: weight, bias: bias, residual: variable, dropout: Self.mask, scale: scale, shift: shift,
        epsilon: 1e-3)
    }
    let expected = centralDifferences(at: Plain(input)) { x in
      let projected = MatrixTwin.linearOverLastAxis(x, Plain(weight.value), bias: Plain(bias.value)).zip(factors, *)
      return u.dot(twin.forward(projected.zip(x, +), scale: Plain(scale.value), shift: Plain(shift.value)))
    }
    expectClose(atInput, expected, Self.tolerance)
  }

  @Test(arguments: Activation.allCases)
  func activatedLinear(activation: Activation) throws {
    let (input, upstream) = (Tensor.random("input", [2, 3, 5]), Tensor.random("upstream", [2, 3, 9]))
    let weight = Parameter(.random("weight", [9, 5]), role: .weight)
    let bias = Parameter(.random("bias", [9]), role: .bias)
    let twin = ActivationTwin(activation)
    let (x, w, b, u) = (Plain(input), Plain(weight.value), Plain(bias.value), Plain(upstream))
    func value(_ x: Plain, _ w: Plain, _ b: Plain) -> Double {
      u.dot(twin.forward(MatrixTwin.linearOverLastAxis(x, w, bias: b)))
    }
    let atInput = try gradient(at: input, upstream) {
      $1.activatedLinear($0, weight: weight, bias: bias, activation: activation)
    }
    expectClose(atInput, centralDifferences(at: x) { value($0, w, b) }, Self.tolerance, "input")
    try check(weight, "weight") { value(x, $0, b) }
    try check(bias, "bias") { value(x, w, $0) }
  }

  @Test(arguments: Activation.allCases)
  func activation(_ activation: Activation) throws {
    let (input, upstream) = (Tensor.random("input", [3, 7], in: -3...3), Tensor.random("upstream", [3, 7]))
    let u = Plain(upstream)
    let atInput = try gradient(at: input, upstream) { $1.activation($0, activation) }
    let twin = ActivationTwin(activation)
    expectClose(atInput, centralDifferences(at: Plain(input)) { u.dot(twin.forward($0)) }, Self.tolerance)
  }

  @Test(arguments: [[3, 5], [2, 3, 9], [4, 1]] as [Shape])
  func softmax(shape: Shape) throws {
    let (input, upstream) = (Tensor.random("input", shape, in: -3...3), Tensor.random("upstream", shape))
    let u = Plain(upstream)
    let atInput = try gradient(at: input, upstream) { $1.softmax($0) }
    expectClose(atInput, centralDifferences(at: Plain(input)) { u.dot(SoftmaxTwin.forward($0)) }, Self.tolerance)
    let atLogits = try gradient(at: input, upstream) { $1.logSoftmax($0) }
    expectClose(
      atLogits, centralDifferences(at: Plain(input)) { u.dot(SoftmaxTwin.logarithm($0)) }, Self.tolerance,
      "log-softmax")
  }

  @Test(arguments: [nil, [true, true, true, true, false, false]] as [[Bool]?], [nil, mask])
  func attention(keyMask: [Bool]?, mask: DropoutMask?) throws {
    let shape: Shape = [2, 3, 6]
    let (query, key) = (Tensor.random("query", shape, in: -2...2), Tensor.random("key", shape, in: -2...2))
    let (value, upstream) = (Tensor.random("value", shape), Tensor.random("upstream", shape))
    let twin = AttentionTwin(heads: 2, keyMask: keyMask, factors: factors(mask, [2, 2, 3, 3]))
    let (q, k, v, u) = (Plain(query), Plain(key), Plain(value), Plain(upstream))
    func result(_ q: Plain, _ k: Plain, _ v: Plain) -> Double {
      u.dot(twin.forward(.init(query: q, key: k, value: v)))
    }
    let keys = Variable(key, needsGradient: true)
    let values = Variable(value, needsGradient: true)
    let atQuery = try gradient(at: query, upstream) {
      $1.attention(query: $0, key: keys, value: values, heads: 2, keyMask: keyMask, dropout: mask)
    }
    expectClose(atQuery, centralDifferences(at: q) { result($0, k, v) }, Self.tolerance, "query")
    expectClose(
      try #require(keys.gradient), centralDifferences(at: k) { result(q, $0, v) }, Self.tolerance, "key")
    expectClose(
      try #require(values.gradient), centralDifferences(at: v) { result(q, k, $0) }, Self.tolerance, "value")
  }

  /// One variable that asks, is asked and answers gets the gradients of all three.
  @Test func selfAttentionAddsTheGradientsOfItsOperands() throws {
    let (input, upstream) = (Tensor.random("input", [2, 3, 4], in: -2...2), Tensor.random("upstream", [2, 3, 4]))
    let (twin, u) = (AttentionTwin<Double>(heads: 2), Plain(upstream))
    let atInput = try gradient(at: input, upstream) {
      $1.attention(query: $0, key: $0, value: $0, heads: 2, keyMask: nil)
    }
    let expected = centralDifferences(at: Plain(input)) { u.dot(twin.forward(.init(query: $0, key: $0, value: $0))) }
    expectClose(atInput, expected, Self.tolerance)
  }

  @Test func embedding() throws {
    let indices = [3, 0, 3, 1, 3, 0]
    let table = Parameter(.random("table", [5, 4]), role: .embedding)
    let upstream = Tensor.random("upstream", [2, 3, 4])
    let u = Plain(upstream)
    let tape = Tape()
    let output = Pass(.training, tape: tape).embedding(table, indices: indices, shape: [2, 3])
    func rows(_ table: Plain) -> Plain {
      Plain(indices.flatMap { table.elements[$0 * 4..<$0 * 4 + 4] }, shape: [2, 3, 4])
    }
    expectClose(output.value, rows(Plain(table.value)), .exact, "output")
    tape.backward(from: output, upstream: upstream)
    try check(table, "table") { u.dot(rows($0)) }
    // A second pass adds to what has arrived at the table.
    let once = try #require(table.gradient)
    let again = Pass(.training, tape: tape).embedding(table, indices: indices, shape: [2, 3])
    tape.backward(from: again, upstream: upstream)
    expectClose(try #require(table.gradient), Plain(once).map { 2 * $0 }, .single, "twice")
  }

  @Test(arguments: [1, 3])
  func firstPosition(length: Int) throws {
    let (input, upstream) = (Tensor.random("input", [2, length, 4]), Tensor.random("upstream", [2, 1, 4]))
    let u = Plain(upstream)
    let atInput = try gradient(at: input, upstream) { $1.firstPosition($0) }
    let expected = centralDifferences(at: Plain(input)) { x in
      let rows = (0..<2).flatMap { x.elements[$0 * length * 4..<$0 * length * 4 + 4] }
      return u.dot(Plain(rows, shape: [2, 1, 4]))
    }
    expectClose(atInput, expected, Self.tolerance)
  }

  /// Fewer positions ask than are looked at: the rows of the whole attention that they would have got.
  @Test func attentionOfTheFirstPositionAlone() throws {
    let (batch, length, width) = (2, 5, 8)
    let operands = ["query", "key", "value"].map { Tensor.random($0, [batch, length, width]) }
    let upstream = Tensor.random("upstream", [batch, 1, width])
    let keyMask = (0..<batch * length).map { $0 != 3 }
    func gradients(isWhole: Bool) throws -> (output: Tensor, gradients: [Tensor]) {
      let variables = operands.map { Variable($0, needsGradient: true) }
      let tape = Tape()
      let pass = Pass(.training, tape: tape)
      let query = isWhole ? variables[0] : pass.firstPosition(variables[0])
      let attended = pass.attention(query: query, key: variables[1], value: variables[2], heads: 2, keyMask: keyMask)
      let output = isWhole ? pass.firstPosition(attended) : attended
      tape.backward(from: output, upstream: upstream)
      return (output.value, try variables.map { try #require($0.gradient) })
    }
    let (whole, alone) = (try gradients(isWhole: true), try gradients(isWhole: false))
    expectClose(alone.output, whole.output, .single, "output")
    for (index, name) in ["query", "key", "value"].enumerated() {
      expectClose(alone.gradients[index], whole.gradients[index], .single, name)
    }
  }

  @Test func dropout() throws {
    let (input, upstream) = (Tensor.random("input", [3, 7]), Tensor.random("upstream", [3, 7]))
    let (factors, u) = (factors(Self.mask, input.shape), Plain(upstream))
    let atInput = try gradient(at: input, upstream) { $1.dropout($0, Self.mask) }
    expectClose(atInput, centralDifferences(at: Plain(input)) { u.dot($0.zip(factors, *)) }, Self.tolerance)
    #expect(atInput.elements.contains(0))
    expectClose(try gradient(at: input, upstream) { $1.dropout($0, nil) }, upstream, .exact, "without a mask")
  }

  @Test(arguments: [[5], [2, 3, 5], [2, 1, 3, 5]] as [Shape])
  func linearAtAnyRank(shape: Shape) throws {
    let output = Shape(shape.extents.dropLast() + [4])
    let (input, upstream) = (Tensor.random("input", shape), Tensor.random("upstream", output))
    let weight = Parameter(.random("weight", [4, 5]), role: .weight)
    let bias = Parameter(.random("bias", [4]), role: .bias)
    let (x, w, b, u) = (Plain(input), Plain(weight.value), Plain(bias.value), Plain(upstream))
    func value(_ x: Plain, _ w: Plain, _ b: Plain) -> Double { u.dot(MatrixTwin.linearOverLastAxis(x, w, bias: b)) }
    let atInput = try gradient(at: input, upstream) { $1.linear($0, weight: weight, bias: bias) }
    expectClose(atInput, centralDifferences(at: x) { value($0, w, b) }, Self.tolerance, "input")
    try check(weight, "weight") { value(x, $0, b) }
    try check(bias, "bias") { value(x, w, $0) }
  }

  /// A layer's gradient at its input is added to an earlier one, as at a query, key and value of one vector.
  @Test func linearGradientsAddToEarlierOnes() throws {
    let start = Tensor.random("start", [2, 3, 5])
    let (upstream, weight) = (Tensor.random("upstream", [2, 3, 4]), Tensor.random("weight", [4, 5]))
    let variable = Variable(.random("input", [2, 3, 5]), needsGradient: true)
    variable.accumulate(start)
    let expected = MatrixTwin.linearOverLastAxis(Plain(upstream), MatrixTwin.transposed(Plain(weight)))
    variable.accumulateLinear(upstream, weight: weight)
    expectClose(try #require(variable.gradient), expected.zip(Plain(start), +), .single, "once")
    variable.accumulateLinear(upstream, weight: weight)
    expectClose(
      try #require(variable.gradient), expected.zip(Plain(start)) { 2 * $0 + $1 }, .single, "twice")
    expectClose(start, .random("start", [2, 3, 5]), .exact, "the earlier gradient of another owner")

    let fresh = Variable(.random("input", [2, 3, 5]), needsGradient: true)
    fresh.accumulateLinear(upstream, weight: weight)
    expectClose(try #require(fresh.gradient), expected, .single, "nothing before")
  }
}
