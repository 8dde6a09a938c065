import Kernels
import TestSupport
import Testing

/// Matrix products of any rank, adding up, and at shapes that go to either library.
@Suite struct MatrixProductShapesTests {
  static let leading: [[Int]] = [[], [0], [1], [9], [2, 3], [2, 0], [3, 1, 5], [2, 2, 2, 2]]

  @Test(arguments: leading, [(1, 1), (7, 8), (8, 9), (17, 16)])
  func theLastAxisIsMappedAtAnyRank(leading: [Int], widths: (inner: Int, columns: Int)) {
    let input = Tensor.random("input", Shape(leading + [widths.inner]))
    let weight = Tensor.random("weight", [widths.columns, widths.inner])
    let bias = Tensor.random("bias", [widths.columns])
    let upstream = Tensor.random("upstream", Shape(leading + [widths.columns]))
    let (x, w, g) = (PlainTensor<Double>(input), PlainTensor<Double>(weight), PlainTensor<Double>(upstream))
    expectClose(
      MatrixProduct.linear(input, weight: weight, bias: nil), MatrixTwin.linearOverLastAxis(x, w), .single, "output")
    expectClose(
      MatrixProduct.linear(input, weight: weight, bias: bias),
      MatrixTwin.linearOverLastAxis(x, w, bias: PlainTensor(bias)), .single, "output with bias")
    expectClose(
      MatrixProduct.linearInputGradient(upstream, weight: weight),
      MatrixTwin.linearOverLastAxis(g, MatrixTwin.transposed(w)), .single, "input gradient")
    let rows = leading.reduce(1, *)
    expectClose(
      MatrixProduct.linearWeightGradient(upstream, input: input),
      MatrixTwin.linear(
        MatrixTwin.transposed(g.reshaped(to: [rows, widths.columns])),
        MatrixTwin.transposed(x.reshaped(to: [rows, widths.inner]))), .single, "weight gradient")
    expectClose(MatrixProduct.columnSums(upstream), MatrixTwin.columnSums(g), .single, "column sums")
  }

  // MARK: Adding up

  @Test(arguments: [[2, 3], [0], [9]])
  func inputGradientsAreAddedToWhatIsThere(leading: [Int]) throws {
    let upstream = Tensor.random("upstream", Shape(leading + [7]))
    let weight = Tensor.random("weight", [7, 9])
    let start = Tensor.random("start", Shape(leading + [9]))
    let gradient = MatrixTwin.linearOverLastAxis(
      PlainTensor<Double>(upstream), MatrixTwin.transposed(PlainTensor(weight)))

    var sum: Tensor?
    MatrixProduct.addLinearInputGradient(upstream, weight: weight, to: &sum)
    expectClose(try #require(sum), gradient, .single, "nothing")
    MatrixProduct.addLinearInputGradient(upstream, weight: weight, to: &sum)
    expectClose(try #require(sum), gradient.map { 2 * $0 }, .single, "once more")
    sum = start
    MatrixProduct.addLinearInputGradient(upstream, weight: weight, to: &sum)
    expectClose(try #require(sum), gradient.zip(PlainTensor(start), +), .single, "a start")
    expectClose(start, Tensor.random("start", start.shape), .exact, "a tensor that another shares")
  }

  /// With nothing to add, what was there stays, and nothing becomes zeros.
  @Test func productsOverNothingAddNothing() throws {
    // Memory of the result's size that held something else before.
    do { _ = (0..<8).map { _ in Tensor(repeating: .nan, shape: [3, 5]) } }
    let (upstream, weight) = (Tensor([], shape: [3, 0]), Tensor([], shape: [0, 5]))
    expectClose(
      MatrixProduct.linearInputGradient(upstream, weight: weight), Tensor(repeating: 0, shape: [3, 5]), .exact)
    let start = Tensor.random("start", [3, 5])
    var sum: Tensor? = start
    MatrixProduct.addLinearInputGradient(upstream, weight: weight, to: &sum)
    expectClose(try #require(sum), start, .exact)
    expectClose(
      MatrixProduct.linearWeightGradient(Tensor([], shape: [0, 2, 3]), input: Tensor([], shape: [0, 2, 5])),
      Tensor(repeating: 0, shape: [3, 5]), .exact)
  }

  // MARK: Either library

  struct Case: CustomTestStringConvertible, Sendable {
    let rows: Int
    let inner: Int
    let columns: Int
    init(_ rows: Int, _ inner: Int, _ columns: Int) { (self.rows, self.inner, self.columns) = (rows, inner, columns) }
    var testDescription: String { "\(rows) rows, [\(columns), \(inner)]" }
  }

  /// Weight gradients of at least 256 by 256 are OpenBLAS's, everything else oneDNN's.
  ///
  /// On whole numbers nothing is rounded, whatever the order of additions.
  @Test(arguments: [
    Case(1, 256, 256), Case(9, 256, 257), Case(8, 300, 256), Case(7, 255, 256), Case(9, 256, 255), Case(0, 256, 256),
    Case(300, 9, 33), Case(257, 17, 8),
  ])
  func wholeNumbersGiveTheDefinitionsResult(_ test: Case) {
    func whole(_ name: String, _ shape: Shape) -> Tensor {
      Tensor(Tensor.random(name, shape, in: -4.49...4.49).elements.map { $0.rounded() }, shape: shape)
    }
    let input = whole("input", [test.rows, test.inner])
    let weight = whole("weight", [test.columns, test.inner])
    let upstream = whole("upstream", [test.rows, test.columns])
    let (x, w, g) = (PlainTensor<Float>(input), PlainTensor<Float>(weight), PlainTensor<Float>(upstream))
    expectClose(MatrixProduct.linear(input, weight: weight, bias: nil), MatrixTwin.linear(x, w), .exact, "output")
    expectClose(
      MatrixProduct.linearInputGradient(upstream, weight: weight), MatrixTwin.linear(g, MatrixTwin.transposed(w)),
      .exact, "input gradient")
    expectClose(
      MatrixProduct.linearWeightGradient(upstream, input: input),
      MatrixTwin.linear(MatrixTwin.transposed(g), MatrixTwin.transposed(x)), .exact, "weight gradient")
    expectClose(MatrixProduct.columnSums(upstream), MatrixTwin.columnSums(g), .exact, "column sums")
  }

  @Test func columnSumsAreTheSameBitsOnAnyNumberOfThreads() {
    let size = ThreadPool.size
    defer { ThreadPool.setSize(size) }
    let upstream = Tensor.random("upstream", [5, 211, 130])
    let results = [1, 2, 3].map { threads in
      ThreadPool.setSize(threads)
      return MatrixProduct.columnSums(upstream).elements
    }
    #expect(results[1] == results[0])
    #expect(results[2] == results[0])
    #expect(MatrixProduct.columnSums(Tensor([], shape: [4, 0])).shape == [0])
  }

  @Test func shapesThatDoNotFitAreProgrammingErrors() async {
    await #expect(processExitsWith: .failure, "scalar") {
      _ = MatrixProduct.linear(.random("input", []), weight: .random("weight", [2, 4]), bias: nil)
    }
    await #expect(processExitsWith: .failure, "rank of the weight gradient") {
      _ = MatrixProduct.linearWeightGradient(.random("upstream", [6, 3]), input: .random("input", [2, 3, 3]))
    }
    await #expect(processExitsWith: .failure, "leading extents of the weight gradient") {
      _ = MatrixProduct.linearWeightGradient(.random("upstream", [3, 2, 3]), input: .random("input", [2, 3, 3]))
    }
    await #expect(processExitsWith: .failure, "sum of another shape") {
      var sum: Tensor? = .random("sum", [3, 2])
      MatrixProduct.addLinearInputGradient(.random("upstream", [2, 4]), weight: .random("weight", [4, 3]), to: &sum)
    }
    await #expect(processExitsWith: .failure, "column sums of a scalar") {
      _ = MatrixProduct.columnSums(.random("upstream", []))
    }
  }
}
