import Kernels
import TestSupport
import Testing

@Suite struct ElementwiseTests {
  /// Either side of the SIMD width, of twice it, and of the length of a parallel chunk.
  static let counts = [0, 1, 7, 8, 9, 15, 16, 17, 33, 32_767, 32_768, 32_769, 65_543]

  @Test(arguments: counts)
  func sumsAndRectifiersAgreeWithTheirTwins(count: Int) {
    let (a, b) = (Tensor.random("a", [count], in: -8...8), Tensor.random("b", [count], in: -8...8))
    let (x, y) = (PlainTensor<Float>(a), PlainTensor<Float>(b))
    expectClose(Elementwise.sum(a, b), x.zip(y, +), .exact, "sum")
    var total = a
    Elementwise.add(b, to: &total)
    expectClose(total, x.zip(y, +), .exact, "add")
    expectClose(a, x, .exact, "the tensor that shared the sum's elements")
    expectClose(Elementwise.rectifiedSum(a, b), x.zip(y) { max($0 + $1, 0) }, .exact, "rectified sum")
    expectClose(Elementwise.relu(a), x.map { max($0, 0) }, .exact, "relu")
    expectClose(Elementwise.relu6(a), x.map { min(max($0, 0), 6) }, .exact, "relu6")
    expectClose(Elementwise.reluGradient(b, output: a), x.zip(y) { $0 > 0 ? $1 : 0 }, .exact, "relu gradient")
    expectClose(
      Elementwise.relu6Gradient(b, output: a), x.zip(y) { $0 > 0 && $0 < 6 ? $1 : 0 }, .exact, "relu6 gradient")
    let norm = x.elements.reduce(0.0) { $0 + Double($1) * Double($1) }
    #expect(Elementwise.squaredNorm(a) == norm)
  }

  @Test(arguments: [3, 8, 17])
  func layoutsOfBothOperandsMayDiffer(channels: Int) {
    let blocked = Convolution.forward(
      .random("image", [2, 2, 3, 3]), weight: .random("filters", [channels, 2, 1, 1]), geometry: ConvolutionGeometry())
    let plain = Tensor.random("plain", blocked.shape)
    let (x, y) = (PlainTensor<Float>(blocked), PlainTensor<Float>(plain))
    expectClose(Elementwise.sum(blocked, plain), x.zip(y, +), .exact, "blocked and plain")
    expectClose(Elementwise.sum(plain, blocked), x.zip(y, +), .exact, "plain and blocked")
    expectClose(Elementwise.relu(blocked), x.map { max($0, 0) }, .exact, "relu")
    expectClose(
      Elementwise.reluGradient(plain, output: blocked), x.zip(y) { $0 > 0 ? $1 : 0 }, .exact, "relu gradient")
    for (sum, term) in [(blocked, plain), (plain, blocked), (blocked, blocked)] {
      var total = sum
      Elementwise.add(term, to: &total)
      expectClose(total, PlainTensor<Float>(sum).zip(PlainTensor(term), +), .exact, "add")
    }
    expectClose(blocked, x, .exact, "the operand afterwards")
  }

  /// Every place in the part done eight at a time and in the rest.
  @Test(arguments: 0..<19)
  func oneNumberThatIsNotFiniteIsFound(place: Int) {
    #expect(Elementwise.isFinite(Tensor.random("numbers", [19])))
    for value in [Float.nan, .signalingNaN, .infinity, -.infinity] {
      var tensor = Tensor.random("numbers", [19])
      tensor.withMutableElements { $0[place] = value }
      #expect(!Elementwise.isFinite(tensor))
    }
  }

  @Test func extremeButFiniteNumbersAreFinite() {
    #expect(Elementwise.isFinite(Tensor([.greatestFiniteMagnitude, .leastNonzeroMagnitude, -0.0], shape: [3])))
    #expect(Elementwise.isFinite(Tensor([], shape: [0])))
  }

  /// A rectifier that dropped it would hide that a run has come apart.
  @Test(arguments: 0..<19)
  func rectifiersPassOnNotANumber(place: Int) {
    var x = Tensor.random("numbers", [19])
    x.withMutableElements { $0[place] = .nan }
    let expected = PlainTensor<Float>(x).map { $0.isNaN ? $0 : max($0, 0) }
    expectClose(Elementwise.relu(x), expected, .exact, "relu")
    expectClose(Elementwise.relu6(x), expected, .exact, "relu6")
    expectClose(Elementwise.rectifiedSum(x, Tensor(repeating: 0, shape: [19])), expected, .exact, "rectified sum")
    let upstream = Tensor.random("upstream", [19])
    let gradient = Elementwise.reluGradient(upstream, output: Elementwise.relu(x)).elements
    #expect(gradient[place] == upstream.elements[place])
  }

  @Test func atTheKinksTheGradientIsZero() {
    let output = Tensor([0, -0.0, .leastNonzeroMagnitude, Float(6).nextDown, 6], shape: [5])
    let upstream = Tensor(repeating: 2, shape: [5])
    #expect(Elementwise.reluGradient(upstream, output: output).elements == [0, 0, 2, 2, 2])
    #expect(Elementwise.relu6Gradient(upstream, output: output).elements == [0, 0, 2, 2, 0])
  }

  @Test func aTensorCanBeAddedToItself() {
    var x = Tensor([1, 2, 3], shape: [3])
    Elementwise.add(x, to: &x)
    #expect(x.elements == [2, 4, 6])
  }

  @Test func shapesThatDifferAreProgrammingErrors() async {
    await #expect(processExitsWith: .failure, "sum") {
      _ = Elementwise.sum(.random("a", [2, 3]), .random("b", [3, 2]))
    }
    await #expect(processExitsWith: .failure, "add") {
      var sum = Tensor.random("a", [2])
      Elementwise.add(.random("b", [1]), to: &sum)
    }
    await #expect(processExitsWith: .failure, "gradient") {
      _ = Elementwise.reluGradient(.random("a", [2]), output: .random("b", [3]))
    }
  }
}
