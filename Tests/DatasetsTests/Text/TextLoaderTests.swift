import Foundation
import Kernels
import Testing

@testable import Datasets

@Suite struct TextLoaderTests {
  private static let lengths = (0..<53).map { 3 + ($0 * 7) % 11 }

  private func loader(
    _ lengths: [Int] = Self.lengths, batchSize: Int = 8, tokens: Int? = nil, seed: UInt64 = 1
  ) throws -> TextLoader {
    try TextLoader(
      training: Samples.encoded(lengths), batchSize: batchSize, tokensPerBatch: tokens, seed: Seed(seed))
  }

  private func batches(_ loader: TextLoader, epoch: Int) -> [TextBatch] {
    (0..<loader.batchesPerEpoch).map { loader.batch(epoch: epoch, index: $0) }
  }

  @Test(arguments: [nil, 1, 13, 40, 64, 1000])
  func everyExampleComesOnceAnEpoch(tokens: Int?) throws {
    let loader = try loader(tokens: tokens)
    for epoch in 0..<3 {
      let batches = batches(loader, epoch: epoch)
      #expect(batches.flatMap(\.examples).sorted() == Array(0..<53))
      #expect(batches.flatMap(\.examples) == loader.order(epoch: epoch))
      for batch in batches {
        #expect(batch.count >= 1 && batch.count <= 8)
        #expect(batch.count == 1 || batch.count * batch.length <= tokens ?? .max)
        #expect(batch.length == batch.examples.map { Self.lengths[$0] }.max())
      }
    }
  }

  @Test func batchesArePaddedToTheirOwnLongest() throws {
    let batch = TextLoader(evaluating: Samples.encoded([2, 4, 3]), batchSize: 2, tokensPerBatch: nil)
      .batch(epoch: 0, index: 0)
    #expect(batch.examples == [1, 2])
    #expect((batch.count, batch.length) == (2, 4))
    #expect(batch.tokens == [2000, 2001, 2002, 2003, 3000, 3001, 3002, 7])
    #expect(batch.types == [0, 1, 0, 1, 0, 1, 0, 0])
    #expect(batch.isToken == [true, true, true, true, true, true, true, false])
    #expect(batch.labels == [1, 0])
    #expect(batch.scores == [0.25, 0.5])
  }

  /// Longest first: 5, 5, 4 are 15 tokens of 16; 4 and three of 3 are 16; 2 alone.
  @Test func batchesAreCutGreedilyFromTheLongest() {
    let loader = TextLoader(evaluating: Samples.encoded([3, 5, 4, 2, 3, 5, 4, 3]), batchSize: 8, tokensPerBatch: 16)
    #expect(batches(loader, epoch: 0).map(\.examples) == [[1, 5, 2], [6, 0, 4, 7], [3]])
    #expect(loader.batch(epoch: 9, index: 1) == loader.batch(epoch: 0, index: 1))
    #expect(loader.lengths == [3, 5, 4, 2, 3, 5, 4, 3])
    // 29 tokens in 15 + 16 + 2 positions.
    #expect(abs(loader.paddingShare - (1 - 29.0 / 33)) < 1e-12)
  }

  @Test func sequenceLongerThanTheBudgetIsABatchByItself() throws {
    let loader = try loader([9, 2, 2, 9], tokens: 4)
    #expect(loader.batchesPerEpoch == 3)
    #expect(Set(batches(loader, epoch: 0).map { $0.examples.sorted() }) == [[0], [3], [1, 2]])
  }

  @Test func aBatchIsAFunctionOfSeedEpochAndIndexAlone() throws {
    let (first, second) = (try loader(), try loader())
    _ = second.batch(epoch: 5, index: 2)
    for index in (0..<first.batchesPerEpoch).reversed() {
      #expect(first.batch(epoch: 2, index: index) == second.batch(epoch: 2, index: index))
      _ = second.batch(epoch: 0, index: 0)
    }
    #expect(first.order(epoch: 0) != first.order(epoch: 1))
    #expect(try loader(seed: 2).order(epoch: 0) != first.order(epoch: 0))
  }

  @Test func trainingPermutesBatchesAndExamplesOfOneLength() throws {
    let loader = try loader(Array(repeating: 5, count: 64))
    #expect(
      Set(batches(loader, epoch: 0).map { Set($0.examples) }) != Set(batches(loader, epoch: 1).map { Set($0.examples) })
    )
    let rising = try self.loader(Array(1...64), batchSize: 1)
    let order = rising.order(epoch: 0)
    #expect(order != order.sorted() && order != order.sorted(by: >))
    #expect(order != rising.order(epoch: 1))
    // Unlike lengths stay together whatever the epoch.
    let pairs = try self.loader(Array(1...64), batchSize: 2)
    #expect(Set(batches(pairs, epoch: 0).map(\.examples)) == Set(batches(pairs, epoch: 1).map(\.examples)))
  }

  @Test func boundsBelowOneAreErrors() throws {
    let size = #expect(throws: DatasetError.self) { try loader(batchSize: 0) }
    #expect(
      try #require(size).description == "batch size for data set 'moods' is out of range: expected 1...53, got 0")
    let tokens = #expect(throws: DatasetError.self) { try loader(tokens: 0) }
    #expect(
      try #require(tokens).description
        == "tokens a batch for data set 'moods' are out of range: expected 1 or more, got 0")
  }

  @Test func batchSizeAboveTheExamplesMakesOneBatch() throws {
    #expect(try loader([3, 4], batchSize: 64).batchesPerEpoch == 1)
  }

  @Test func textsAreEncodedInTheOrderOfTheirSubset() throws {
    let tokenizer = BertTokenizer(
      vocabulary: try WordPieceVocabulary(Data("[PAD]\n[UNK]\n[CLS]\n[SEP]\na\nb\nc\n".utf8)), lowercasing: true)
    let dataset = TextDataset(
      name: "claims", fingerprint: "f", task: Samples.claims,
      examples: [
        TextExample(first: "a b c a b c", second: "b", label: 1), TextExample(first: "a", second: "c"),
        TextExample(first: "a b", second: "a b", label: 1),
      ], partition: .stratifiedFolds(examples: 3, folds: 2))
    let texts = EncodedTexts(TextSubset(of: dataset, at: [2, 0]), tokenizer: tokenizer, maximumLength: 7)
    #expect(texts.inputs.map(\.ids) == [[2, 4, 5, 3, 4, 5, 3], [2, 4, 5, 6, 3, 5, 3]])
    #expect(texts.inputs.map(\.types) == [[0, 0, 0, 0, 1, 1, 1], [0, 0, 0, 0, 0, 1, 1]])
    #expect(texts.labels == [1, 1])
    #expect(texts.truncated == 1)
    #expect(texts.padding == 0)
    #expect(texts.lengths == [7, 7])
  }
}
