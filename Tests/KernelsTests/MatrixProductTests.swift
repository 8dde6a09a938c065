import Kernels
import TestSupport
import Testing

@Suite struct MatrixProductTests {
  struct Case: CustomTestStringConvertible, Sendable {
    let rows: Int
    let inner: Int
    let columns: Int
    init(_ rows: Int, _ inner: Int, _ columns: Int) { (self.rows, self.inner, self.columns) = (rows, inner, columns) }
    var testDescription: String { "[\(rows), \(inner)] by [\(columns), \(inner)]" }
  }

  static let cases = [
    Case(1, 1, 1), Case(0, 3, 2), Case(3, 0, 2), Case(3, 2, 0), Case(2, 7, 3), Case(7, 8, 9), Case(8, 9, 7),
    Case(9, 16, 8), Case(15, 17, 16), Case(17, 15, 33), Case(33, 33, 1), Case(1, 40, 17),
  ]

  @Test(arguments: cases)
  func allPassesAgreeWithTheirTwins(_ test: Case) {
    let input = Tensor.random("input", [test.rows, test.inner])
    let weight = Tensor.random("weight", [test.columns, test.inner])
    let bias = Tensor.random("bias", [test.columns])
    let upstream = Tensor.random("upstream", [test.rows, test.columns])
    let (x, w, g) = (PlainTensor<Double>(input), PlainTensor<Double>(weight), PlainTensor<Double>(upstream))
    expectClose(MatrixProduct.linear(input, weight: weight, bias: nil), MatrixTwin.linear(x, w), .single, "output")
    expectClose(
      MatrixProduct.linear(input, weight: weight, bias: bias), MatrixTwin.linear(x, w, bias: PlainTensor(bias)),
      .single, "output with bias")
    expectClose(
      MatrixProduct.linearInputGradient(upstream, weight: weight), MatrixTwin.linear(g, MatrixTwin.transposed(w)),
      .single, "input gradient")
    expectClose(
      MatrixProduct.linearWeightGradient(upstream, input: input),
      MatrixTwin.linear(MatrixTwin.transposed(g), MatrixTwin.transposed(x)), .single, "weight gradient")
    let ones = PlainTensor<Double>(repeating: 1, shape: [1, test.rows])
    let sums = MatrixTwin.linear(ones, MatrixTwin.transposed(g))
    expectClose(MatrixProduct.columnSums(upstream).reshaped(to: [1, test.columns]), sums, .single, "column sums")
  }

  @Test func shapesThatDoNotFitAreProgrammingErrors() async {
    await #expect(processExitsWith: .failure, "linear") {
      _ = MatrixProduct.linear(.random("input", [2, 3]), weight: .random("weight", [2, 4]), bias: nil)
    }
    await #expect(processExitsWith: .failure, "bias") {
      _ = MatrixProduct.linear(
        .random("input", [2, 3]), weight: .random("weight", [2, 3]), bias: .random("bias", [3]))
    }
    await #expect(processExitsWith: .failure, "input gradient") {
      _ = MatrixProduct.linearInputGradient(.random("upstream", [2, 3]), weight: .random("weight", [2, 3]))
    }
    await #expect(processExitsWith: .failure, "weight gradient") {
      _ = MatrixProduct.linearWeightGradient(.random("upstream", [2, 3]), input: .random("input", [3, 3]))
    }
  }
}
