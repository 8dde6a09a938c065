import Kernels
import TestSupport
import Testing

@Suite struct AttentionTests {
  struct Case: CustomTestStringConvertible, Sendable {
    var batch = 2
    var length = 5
    let heads: Int
    let width: Int

    var shape: Shape { [batch, length, heads * width] }
    var testDescription: String { "\(shape), \(heads) heads" }

    var operands: (query: Tensor, key: Tensor, value: Tensor) {
      (
        .random("query", shape, in: -2...2), .random("key", shape, in: -2...2), .random("value", shape)
      )
    }

    /// The first sequence as long as all, each later one shorter by two positions, at least one long.
    var keyMask: [Bool] {
      (0..<batch).flatMap { sequence in (0..<length).map { $0 == 0 || $0 < length - 2 * sequence } }
    }
  }

  static let cases: [Case] =
    [1, 7, 8, 32].flatMap { width in [1, 3].map { Case(heads: $0, width: width) } }
    + [0, 1, 7, 8, 9, 17].map { Case(length: $0, heads: 2, width: 3) }
    + [0, 1, 3].map { Case(batch: $0, length: 9, heads: 2, width: 9) }

  private static let tolerance = Tolerance(absolute: 1e-5, relative: 1e-5)

  private static func plain(_ operands: (query: Tensor, key: Tensor, value: Tensor)) -> AttentionTwin<Double>.Operands {
    .init(
      query: PlainTensor<Double>(operands.query), key: PlainTensor<Double>(operands.key),
      value: PlainTensor<Double>(operands.value))
  }

  /// Compares both passes with the twin's.
  private func check(
    _ test: Case, keyMask: [Bool]?, dropout: DropoutMask? = nil, location: SourceLocation = #_sourceLocation
  ) {
    let operands = test.operands
    let attention = Attention(
      query: operands.query, key: operands.key, value: operands.value, heads: test.heads, keyMask: keyMask,
      dropout: dropout)
    let factors = dropout.map { mask in
      PlainTensor<Double>(mask(Tensor(repeating: 1, shape: [test.batch, test.heads, test.length, test.length])))
    }
    let twin = AttentionTwin(heads: test.heads, keyMask: keyMask, factors: factors)
    let plain = Self.plain(operands)
    expectClose(attention.output, twin.forward(plain), Self.tolerance, "output", sourceLocation: location)
    let upstream = Tensor.random("upstream", test.shape)
    let gradient = attention.backward(upstream)
    let expected = twin.backward(PlainTensor(upstream), plain)
    expectClose(gradient.query, expected.query, Self.tolerance, "query gradient", sourceLocation: location)
    expectClose(gradient.key, expected.key, Self.tolerance, "key gradient", sourceLocation: location)
    expectClose(gradient.value, expected.value, Self.tolerance, "value gradient", sourceLocation: location)
  }

  @Test(arguments: cases)
  func bothPassesAgreeWithTheTwin(_ test: Case) { check(test, keyMask: nil) }

  @Test(arguments: cases)
  func bothPassesAgreeWithTheTwinUnderAKeyMask(_ test: Case) { check(test, keyMask: test.keyMask) }

  @Test(arguments: cases, [0.1, 0.5])
  func bothPassesAgreeWithTheTwinUnderDropout(_ test: Case, probability: Double) {
    let dropout = DropoutMask(probability: probability, stream: Seed(5).stream("attention"))
    check(test, keyMask: nil, dropout: dropout)
    check(test, keyMask: test.keyMask, dropout: dropout)
  }

  @Test func theTwinsWrittenGradientsAreThoseOfItsValues() {
    let test = Case(batch: 2, length: 3, heads: 2, width: 2)
    let factors = PlainTensor<Double>(Tensor.random("factors", [2, 2, 3, 3], in: 0...2))
    let twin = AttentionTwin(heads: 2, keyMask: test.keyMask, factors: factors)
    let operands = Self.plain(test.operands)
    let upstream = PlainTensor<Double>(Tensor.random("upstream", test.shape))
    let written = twin.backward(upstream, operands)
    for (name, path) in [("query", \AttentionTwin<Double>.Operands.query), ("key", \.key), ("value", \.value)] {
      let differences = centralDifferences(at: operands[keyPath: path]) { point in
        var moved = operands
        moved[keyPath: path] = point
        return upstream.dot(twin.forward(moved))
      }
      let fault = difference(written[keyPath: path], differences, Tolerance(absolute: 1e-8, relative: 1e-7))
      #expect(fault == nil, "\(name)")
    }
  }

  @Test(arguments: cases.filter { $0.batch > 1 && $0.length > 2 })
  func maskedKeysCountForNothing(_ test: Case) {
    let (operands, keyMask, stride) = (test.operands, test.keyMask, test.heads * test.width)
    /// `tensor` with another number at every position that is left out.
    func changed(_ tensor: Tensor) -> Tensor {
      Tensor(tensor.elements.enumerated().map { keyMask[$0 / stride] ? $1 : 1e6 + $1 }, shape: tensor.shape)
    }
    let attention = Attention(
      query: operands.query, key: operands.key, value: operands.value, heads: test.heads, keyMask: keyMask)
    let other = Attention(
      query: operands.query, key: changed(operands.key), value: changed(operands.value), heads: test.heads,
      keyMask: keyMask)
    expectClose(other.output, attention.output, .exact)
    let gradient = attention.backward(.random("upstream", test.shape))
    for (name, tensor) in [("key", gradient.key), ("value", gradient.value)] {
      for (index, value) in tensor.elements.enumerated() where !keyMask[index / stride] {
        #expect(value == 0, "\(name) \(index)")
      }
      #expect(tensor.elements.contains { $0 != 0 })
    }
  }

  /// With one key that counts, its value is the result, whatever the scores.
  @Test(arguments: [1, 8, 9])
  func theOnlyKeyThatCountsIsTheResult(width: Int) {
    let test = Case(batch: 1, length: 4, heads: 1, width: width)
    let operands = test.operands
    let attention = Attention(
      query: operands.query, key: operands.key, value: operands.value, heads: 1, keyMask: [false, false, true, false])
    let row = operands.value.elements[2 * width..<3 * width]
    expectClose(attention.output, Tensor((0..<4).flatMap { _ in row }, shape: test.shape), .exact)
  }

  @Test func aMaskOfAllKeysIsNoMask() {
    let test = Case(heads: 2, width: 8)
    let operands = test.operands
    let outputs = [nil, [Bool](repeating: true, count: 10)].map {
      Attention(query: operands.query, key: operands.key, value: operands.value, heads: 2, keyMask: $0).output
    }
    expectClose(outputs[0], outputs[1], .exact)
  }

  @Test func resultsAreTheSameBitsOnAnyNumberOfThreads() {
    let size = ThreadPool.size
    defer { ThreadPool.setSize(size) }
    let test = Case(batch: 5, length: 33, heads: 6, width: 32)
    let operands = test.operands
    let results = [1, 2, 3].map { threads in
      ThreadPool.setSize(threads)
      let attention = Attention(
        query: operands.query, key: operands.key, value: operands.value, heads: test.heads, keyMask: test.keyMask,
        dropout: DropoutMask(probability: 0.1, stream: Seed(5).stream("attention")))
      let gradient = attention.backward(.random("upstream", test.shape))
      return [attention.output, gradient.query, gradient.key, gradient.value].map(\.elements)
    }
    #expect(results[1] == results[0])
    #expect(results[2] == results[0])
  }

  @Test func whatDoesNotFitIsAProgrammingError() async {
    await #expect(processExitsWith: .failure, "all keys masked") {
      let x = Tensor.random("x", [2, 2, 4])
      _ = Attention(query: x, key: x, value: x, heads: 2, keyMask: [true, true, false, false])
    }
    await #expect(processExitsWith: .failure, "mask of another length") {
      let x = Tensor.random("x", [2, 2, 4])
      _ = Attention(query: x, key: x, value: x, heads: 2, keyMask: [true, true])
    }
    await #expect(processExitsWith: .failure, "heads that do not divide the width") {
      let x = Tensor.random("x", [2, 2, 4])
      _ = Attention(query: x, key: x, value: x, heads: 3, keyMask: nil)
    }
    await #expect(processExitsWith: .failure, "no heads") {
      let x = Tensor.random("x", [2, 2, 4])
      _ = Attention(query: x, key: x, value: x, heads: 0, keyMask: nil)
    }
    await #expect(processExitsWith: .failure, "no width") {
      let x = Tensor.random("x", [2, 2, 0])
      _ = Attention(query: x, key: x, value: x, heads: 1, keyMask: nil)
    }
    await #expect(processExitsWith: .failure, "keys of another shape") {
      let x = Tensor.random("x", [2, 2, 4])
      _ = Attention(query: x, key: .random("key", [2, 3, 4]), value: x, heads: 2, keyMask: nil)
    }
    await #expect(processExitsWith: .failure, "upstream") {
      let x = Tensor.random("x", [2, 2, 4])
      _ = Attention(query: x, key: x, value: x, heads: 2, keyMask: nil).backward(.random("upstream", [2, 2, 3]))
    }
  }
}
