import Kernels
import TestSupport
import Testing

@Suite struct SoftmaxTests {
  static let shapes: [Shape] = [
    [0, 3], [1, 1], [4, 1], [3, 7], [2, 8], [5, 9], [2, 3, 16], [2, 17], [7], [33, 128],
  ]
  /// Shares are at most 1; the logarithms reach 16.
  private static let tolerance = Tolerance(absolute: 1e-6, relative: 1e-6)

  @Test(arguments: shapes)
  func valuesAgreeWithTheTwin(shape: Shape) {
    let x = Tensor.random("x", shape, in: -8...8)
    let plain = PlainTensor<Double>(x)
    expectClose(Softmax.forward(x), SoftmaxTwin.forward(plain), Self.tolerance, "softmax")
    expectClose(Softmax.logarithm(x), SoftmaxTwin.logarithm(plain), Self.tolerance, "log-softmax")
    expectClose(
      Softmax.logarithm(x), SoftmaxTwin.forward(plain).map { Double.logarithm($0) }, Self.tolerance,
      "logarithm of the softmax")
  }

  @Test(arguments: shapes)
  func gradientsAgreeWithTheTwin(shape: Shape) {
    let x = Tensor.random("x", shape, in: -8...8)
    let upstream = Tensor.random("upstream", shape)
    let (plain, arrived) = (PlainTensor<Double>(x), PlainTensor<Double>(upstream))
    expectClose(
      Softmax.gradient(upstream, output: Softmax.forward(x)),
      SoftmaxTwin.gradient(arrived, output: SoftmaxTwin.forward(plain)), Self.tolerance, "softmax")
    let logs = Softmax.logarithm(x)
    expectClose(
      Softmax.logarithmGradient(upstream, output: logs),
      SoftmaxTwin.logarithmGradient(arrived, output: SoftmaxTwin.logarithm(plain)),
      Tolerance(absolute: 2e-5, relative: 2e-5), "log-softmax")
  }

  @Test(arguments: [1, 2, 7, 8, 9, 16, 17, 100])
  func equalValuesGetEqualShares(width: Int) {
    let x = Tensor(repeating: -3.7, shape: [3, width])
    expectClose(Softmax.forward(x), Tensor(repeating: 1 / Float(width), shape: x.shape), .exact, "softmax")
    expectClose(
      Softmax.logarithm(x), PlainTensor<Double>(repeating: -Double.logarithm(Double(width)), shape: x.shape),
      Tolerance(absolute: 0, relative: 1e-6), "log-softmax")
  }

  /// The largest number wherever it lies in a row of registers and a rest.
  @Test(arguments: [3, 8, 9, 17])
  func largeValuesStayFinite(width: Int) {
    for place in 0..<width {
      var values = [Float](repeating: -3e38, count: width)
      values[place] = 3e38
      let x = Tensor(values, shape: [1, width])
      let expected = Tensor(values.map { $0 > 0 ? 1 : 0 }, shape: [1, width])
      expectClose(Softmax.forward(x), expected, .exact, "place \(place)")
      #expect(Softmax.logarithm(x).elements[place] == 0)
    }
    let small = Tensor.random("x", [2, width])
    let large = Tensor(small.elements.map { $0 + 65_536 }, shape: small.shape)
    expectClose(
      Softmax.forward(large), SoftmaxTwin.forward(PlainTensor<Double>(large)), Self.tolerance, "far from zero")
    expectClose(
      Softmax.logarithm(large), SoftmaxTwin.logarithm(PlainTensor<Double>(large)), Self.tolerance,
      "logarithm far from zero")
  }

  @Test(arguments: [2, 7, 8, 9, 17])
  func minusInfinityGetsExactlyNothing(width: Int) {
    for kept in 0..<width {
      var values = Tensor.random("x", [width], in: -2...2).elements
      for index in values.indices where index % 3 == 0 && index != kept { values[index] = -.infinity }
      let x = Tensor(values, shape: [width])
      let shares = Softmax.forward(x)
      for index in values.indices { #expect((shares.elements[index] == 0) == (values[index] == -.infinity)) }
      #expect(abs(shares.elements.reduce(0, +) - 1) < 1e-6)
      expectClose(shares, SoftmaxTwin.forward(PlainTensor<Double>(x)), Self.tolerance)
      let logs = Softmax.logarithm(x).elements
      for index in values.indices { #expect((logs[index] == -.infinity) == (values[index] == -.infinity)) }
      let gradient = Softmax.gradient(.random("upstream", [width]), output: shares).elements
      for index in values.indices where values[index] == -.infinity { #expect(gradient[index] == 0) }
    }
  }

  @Test(arguments: [1, 7, 8, 17])
  func notANumberReachesItsWholeRowAndNoOther(width: Int) {
    for place in 0..<width {
      var values = Tensor.random("x", [2, width]).elements
      values[place] = .nan
      let x = Tensor(values, shape: [2, width])
      for result in [Softmax.forward(x), Softmax.logarithm(x)] {
        #expect(result.elements.prefix(width).allSatisfy { $0.isNaN }, "place \(place)")
        #expect(result.elements.suffix(width).allSatisfy { $0.isFinite }, "place \(place)")
      }
    }
  }

  @Test func rowsWithoutElementsAreProgrammingErrors() async {
    await #expect(processExitsWith: .failure, "softmax") { _ = Softmax.forward(.random("x", [2, 0])) }
    await #expect(processExitsWith: .failure, "log-softmax") { _ = Softmax.logarithm(.random("x", [2, 0])) }
    await #expect(processExitsWith: .failure, "scalar") { _ = Softmax.forward(.random("x", [])) }
    await #expect(processExitsWith: .failure, "gradient") {
      _ = Softmax.gradient(.random("upstream", [2, 3]), output: .random("output", [3, 2]))
    }
    await #expect(processExitsWith: .failure, "logarithm's gradient") {
      _ = Softmax.logarithmGradient(.random("upstream", [2, 3]), output: .random("output", [3, 2]))
    }
  }
}
