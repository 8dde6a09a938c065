import Kernels
import TestSupport
import Testing

@Suite struct ActivationTests {
  /// -12...12 in steps of 1/64, and both zeros.
  private static let points: [Float] = (-768...768).map { Float($0) / 64 } + [0, -0.0]

  private static let shapes: [Shape] = [[1, 1], [0, 9], [3, 7], [33, 8], [2, 5, 9], [100, 17]]

  /// The bounds that `VectorMath` states, for the gated functions times the largest point.
  private static func tolerance(_ activation: Activation) -> Tolerance {
    switch activation {
    case .gelu, .geluTanh: Tolerance(absolute: 2e-6, relative: 5e-7)
    case .tanh: Tolerance(absolute: 3e-7, relative: 0)
    case .sigmoid: Tolerance(absolute: 2e-7, relative: 0)
    case .silu: Tolerance(absolute: 2e-7, relative: 5e-7)
    }
  }

  /// Slopes multiply the errors by up to the largest point.
  private static let slopeTolerance = Tolerance(absolute: 5e-6, relative: 1e-6)

  @Test(arguments: Activation.allCases)
  func valuesAgreeWithTheTwin(activation: Activation) {
    let x = Tensor(Self.points, shape: [Self.points.count])
    expectClose(
      activation(x), ActivationTwin(activation).forward(PlainTensor<Double>(x)), Self.tolerance(activation))
  }

  @Test(arguments: Activation.allCases)
  func gradientsAgreeWithTheTwin(activation: Activation) {
    let x = Tensor(Self.points, shape: [Self.points.count])
    let upstream = Tensor.random("upstream", x.shape)
    let expected = ActivationTwin(activation).gradient(PlainTensor<Double>(upstream), at: PlainTensor(x))
    expectClose(activation.gradient(upstream, at: x), expected, Self.slopeTolerance)
  }

  @Test(arguments: Activation.allCases)
  func theTwinsSlopesAreThoseOfItsValues(activation: Activation) {
    let twin = ActivationTwin(activation)
    let x = PlainTensor<Double>(Tensor.random("x", [200], in: -12...12))
    let slopes = centralDifferences(at: x) { twin.forward($0).elements.reduce(0, +) }
    #expect(difference(x.map { twin.slope($0) }, slopes, Tolerance(absolute: 1e-8, relative: 1e-7)) == nil)
    let single = PlainTensor<Double>(twin.forward(x.map { Double(Float($0)) }).elements, shape: x.shape)
    let float = twin.forward(PlainTensor<Float>(Tensor.random("x", [200], in: -12...12)))
    #expect(difference(single, float, Tolerance(absolute: 1e-6, relative: 1e-5)) == nil)
  }

  /// Whole registers, what is left of one, and several chunks.
  @Test(arguments: [0, 1, 7, 8, 9, 16, 17, 1 << 15, 1 << 15 | 9], Activation.allCases)
  func everyElementIsTreatedAlike(count: Int, activation: Activation) {
    let x = Tensor.random("x", [count], in: -6...6)
    let upstream = Tensor.random("upstream", [count])
    let (values, slopes) = (activation(x), activation.gradient(upstream, at: x))
    #expect(values.shape == [count] && slopes.shape == [count])
    // In the reverse order, an element that was in a register may be in the rest, and the other way round.
    let (reversed, arrived) = (x.elements.reversed(), upstream.elements.reversed())
    #expect(activation(Tensor(Array(reversed), shape: [count])).elements == values.elements.reversed())
    let other = activation.gradient(Tensor(Array(arrived), shape: [count]), at: Tensor(Array(reversed), shape: [count]))
    #expect(other.elements == slopes.elements.reversed())
  }

  @Test(arguments: Activation.allCases)
  func zeroKeepsItsSignOrIsOneHalf(activation: Activation) {
    for count in [1, 8] {
      let positive = activation(Tensor(repeating: 0, shape: [count])).elements
      let negative = activation(Tensor(repeating: -0.0, shape: [count])).elements
      if activation == .sigmoid {
        #expect(positive.allSatisfy { $0 == 0.5 } && negative.allSatisfy { $0 == 0.5 })
      } else {
        #expect(positive.allSatisfy { $0 == 0 && $0.sign == .plus })
        #expect(negative.allSatisfy { $0 == 0 && $0.sign == .minus })
      }
    }
  }

  @Test(arguments: Activation.allCases, [1, 8])
  func notANumberPassesThrough(activation: Activation, count: Int) {
    let nothing = Tensor(repeating: .nan, shape: [count])
    let ones = Tensor(repeating: 1, shape: [count])
    #expect(activation(nothing).elements.allSatisfy { $0.isNaN })
    #expect(activation.gradient(ones, at: nothing).elements.allSatisfy { $0.isNaN })
    #expect(activation.gradient(nothing, at: ones).elements.allSatisfy { $0.isNaN })
    let (output, input) = activation.biased(ones.reshaped(to: [1, count]), bias: nothing)
    #expect(output.elements.allSatisfy { $0.isNaN } && input.elements.allSatisfy { $0.isNaN })
  }

  /// Bounded functions saturate; the others pass infinity on, and never hide one behind a finite number.
  @Test(arguments: Activation.allCases, [1, 8])
  func infinitiesPassThrough(activation: Activation, count: Int) {
    let above = activation(Tensor(repeating: .infinity, shape: [count])).elements
    let below = activation(Tensor(repeating: -.infinity, shape: [count])).elements
    switch activation {
    case .tanh:
      #expect(above.allSatisfy { abs($0 - 1) <= 3e-7 } && below.allSatisfy { abs($0 + 1) <= 3e-7 })
    case .sigmoid:
      #expect(above.allSatisfy { $0 == 1 } && below.allSatisfy { $0 >= 0 && $0 < 1e-37 })
    case .gelu, .geluTanh, .silu:
      #expect(above.allSatisfy { $0 == .infinity } && below.allSatisfy { !$0.isFinite })
    }
  }

  /// Gated functions are 0 or their argument, bounded ones at their bounds, with slopes to match.
  @Test(arguments: Activation.allCases, [Float(30), 100, 10_000])
  func farFromZeroNothingIsLeftToApproximate(activation: Activation, distance: Float) {
    let x = Tensor([distance, -distance], shape: [2])
    let values = activation(x).elements
    let slopes = activation.gradient(Tensor(repeating: 1, shape: [2]), at: x).elements
    let isBounded = activation == .tanh || activation == .sigmoid
    let (high, low): (Float, Float) = isBounded ? (1, activation == .tanh ? -1 : 0) : (distance, 0)
    #expect(abs(values[0] - high) <= 3e-7 * high)
    #expect(abs(values[1] - low) <= 3e-7 * (isBounded ? 1 : distance))
    #expect(abs(slopes[0] - (isBounded ? 0 : 1)) <= 1e-6)
    #expect(abs(slopes[1]) <= 1e-6)
  }

  // MARK: With a bias

  @Test(arguments: shapes, Activation.allCases)
  func theBiasedFormIsThePlainOneOfTheSum(shape: Shape, activation: Activation) {
    let projected = Tensor.random("projected", shape, in: -4...4)
    let before = projected.elements
    let bias = Tensor.random("bias", [shape[shape.rank - 1]])
    let (output, input) = activation.biased(projected, bias: bias)
    let sum = MatrixTwin.adding(PlainTensor<Float>(bias), toRowsOf: PlainTensor(projected))
    expectClose(input, sum, .exact, "input")
    expectClose(output, activation(Tensor(sum.elements, shape: shape)), .exact, "output")
    #expect(projected.elements == before, "a tensor that another shares was written to")
  }

  @Test(arguments: shapes, Activation.allCases)
  func theBiasedGradientIsThePlainOneAndItsColumnSums(shape: Shape, activation: Activation) {
    let input = Tensor.random("input", shape, in: -4...4)
    let upstream = Tensor.random("upstream", shape)
    let gradient = activation.biasedGradient(upstream, at: input)
    let plain = activation.gradient(upstream, at: input)
    expectClose(gradient.projected, plain, .exact, "projected")
    expectClose(gradient.bias, MatrixTwin.columnSums(PlainTensor<Double>(plain)), .single, "bias")
  }

  @Test func sumsAreTheSameBitsOnAnyNumberOfThreads() {
    let size = ThreadPool.size
    defer { ThreadPool.setSize(size) }
    let input = Tensor.random("input", [333, 130], in: -4...4)
    let upstream = Tensor.random("upstream", input.shape)
    let results = [1, 2, 3].map { threads in
      ThreadPool.setSize(threads)
      let gradient = Activation.gelu.biasedGradient(upstream, at: input)
      return [gradient.projected, gradient.bias].map(\.elements)
    }
    #expect(results[1] == results[0])
    #expect(results[2] == results[0])
  }

  @Test func shapesThatDoNotFitAreProgrammingErrors() async {
    await #expect(processExitsWith: .failure, "gradient") {
      _ = Activation.gelu.gradient(.random("upstream", [2, 3]), at: .random("x", [3, 2]))
    }
    await #expect(processExitsWith: .failure, "bias") {
      _ = Activation.gelu.biased(.random("projected", [2, 3]), bias: .random("bias", [2]))
    }
    await #expect(processExitsWith: .failure, "no columns") {
      _ = Activation.gelu.biased(.random("projected", [2, 0]), bias: .random("bias", [0]))
    }
    await #expect(processExitsWith: .failure, "biased gradient") {
      _ = Activation.gelu.biasedGradient(.random("upstream", [2, 3]), at: .random("x", [3, 2]))
    }
  }
}
