import Kernels
import TestSupport
import Testing

@Suite struct EmbeddingTests {
  static let widths = [0, 1, 7, 8, 9, 63, 64, 65, 200]
  static let indices: [[Int]] = [[], [4], [0, 1, 2, 3, 4], [3, 3, 0, 3, 1, 0], (0..<100).map { $0 * 7 % 5 }]

  @Test(arguments: widths, indices)
  func rowsAreThoseOfTheTable(width: Int, indices: [Int]) {
    let table = Tensor.random("table", [5, width])
    let rows = Embedding.forward(table, indices: indices)
    #expect(rows.shape == [indices.count, width])
    let elements = table.elements
    #expect(rows.elements == indices.flatMap { elements[$0 * width..<($0 + 1) * width] })
  }

  /// Numbers of very different sizes, whose sum depends on their order.
  private static func upstream(_ count: Int, _ width: Int) -> Tensor {
    let random = Tensor.random("upstream", [count, width]).elements
    return Tensor(
      random.indices.map { random[$0] * [1, 1e-4, 1e6, 1e3][$0 / max(1, width) % 4] }, shape: [count, width])
  }

  @Test(arguments: widths, indices)
  func repeatedIndicesAddUpInOrder(width: Int, indices: [Int]) {
    let upstream = Self.upstream(indices.count, width)
    let start = Tensor.random("sum", [5, width])
    var sum = start
    Embedding.addGradient(upstream, indices: indices, to: &sum)
    var expected = start.elements
    for (row, index) in indices.enumerated() {
      for column in 0..<width { expected[index * width + column] += upstream.elements[row * width + column] }
    }
    expectClose(sum, Tensor(expected, shape: [5, width]), .exact)
    expectClose(start, Tensor.random("sum", [5, width]), .exact, "a tensor that another shares")
  }

  @Test func sumsAreTheSameBitsOnAnyNumberOfThreads() {
    let size = ThreadPool.size
    defer { ThreadPool.setSize(size) }
    let indices = (0..<500).map { $0 * 13 % 7 }
    let results = [1, 2, 3].map { threads in
      ThreadPool.setSize(threads)
      var sum = Tensor(repeating: 0, shape: [7, 200])
      Embedding.addGradient(Self.upstream(500, 200), indices: indices, to: &sum)
      return sum.elements
    }
    #expect(results[1] == results[0])
    #expect(results[2] == results[0])
    #expect(results[0].contains { $0 != 0 })
  }

  @Test func indicesOutsideTheTableAreProgrammingErrors() async {
    await #expect(processExitsWith: .failure, "too large") {
      _ = Embedding.forward(.random("table", [5, 3]), indices: [0, 5])
    }
    await #expect(processExitsWith: .failure, "negative") {
      _ = Embedding.forward(.random("table", [5, 3]), indices: [-1])
    }
    await #expect(processExitsWith: .failure, "gradient outside the table") {
      var sum = Tensor(repeating: 0, shape: [5, 3])
      Embedding.addGradient(.random("upstream", [1, 3]), indices: [5], to: &sum)
    }
    await #expect(processExitsWith: .failure, "empty table") {
      _ = Embedding.forward(.random("table", [0, 3]), indices: [0])
    }
  }

  @Test func shapesThatDoNotFitAreProgrammingErrors() async {
    await #expect(processExitsWith: .failure, "table of one axis") {
      _ = Embedding.forward(.random("table", [5]), indices: [0])
    }
    await #expect(processExitsWith: .failure, "upstream of another width") {
      var sum = Tensor(repeating: 0, shape: [5, 3])
      Embedding.addGradient(.random("upstream", [1, 4]), indices: [0], to: &sum)
    }
    await #expect(processExitsWith: .failure, "upstream of another count") {
      var sum = Tensor(repeating: 0, shape: [5, 3])
      Embedding.addGradient(.random("upstream", [2, 3]), indices: [0], to: &sum)
    }
  }
}
