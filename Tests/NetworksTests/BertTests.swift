import Autodiff
import Kernels
import Networks
import Testing

@Suite struct BertTests {
  static func small(layers: Int = 2, dropout: Double = 0) -> BertConfig {
    BertConfig(
      vocabularySize: 11, hiddenSize: 12, layers: layers, heads: 3, intermediateSize: 20, positions: 9, tokenTypes: 2,
      epsilon: 1e-12, dropout: dropout)
  }

  /// The encoder that the wheel `minilm-l6` holds.
  static let miniLM = BertConfig(
    vocabularySize: 30_522, hiddenSize: 384, layers: 6, heads: 12, intermediateSize: 1536, positions: 512,
    tokenTypes: 2, epsilon: 1e-12, dropout: 0.1)

  /// A network whose scores differ by tenths from sequence to sequence: every parameter drawn with deviation 0.3.
  static func lively(_ config: BertConfig, outputs: Int = 3) -> BertClassifier {
    let network = BertClassifier(config, outputs: outputs)
    for (path, parameter) in network.parameters {
      let stream = Seed(4).stream(path)
      let centre = path.hasSuffix("LayerNorm.weight") ? 1.0 : 0
      parameter.value.withMutableElements { elements in
        for index in elements.indices { elements[index] = Float(centre + 0.3 * stream.normal(at: index)) }
      }
    }
    return network
  }

  /// Sequences of the given lengths, padded to `length` with a token that means something, of the second kind.
  static func batch(_ lengths: [Int], length: Int, padding: Int = 7) -> TokenBatch {
    var (tokens, types, isToken) = ([Int](), [Int](), [Bool]())
    for (sequence, count) in lengths.enumerated() {
      for position in 0..<length {
        let counts = position < count
        tokens.append(counts ? (sequence * 5 + position * 3 + 1) % 11 : padding)
        types.append(counts ? (position < 2 ? 0 : 1) : 1)
        isToken.append(counts)
      }
    }
    return TokenBatch(batch: lengths.count, length: length, tokens: tokens, types: types, isToken: isToken)
  }

  // MARK: State

  @Test func namesOrderAndShapesAreThoseOfPublishedCheckpoints() {
    let expected = BertStateList.entries
    #expect(expected.count == 41)
    let classifier = BertClassifier(Self.small(), outputs: 3)
    #expect(classifier.parameters.map(\.path) == expected.map(\.path))
    #expect(classifier.parameters.map(\.parameter.shape) == expected.map(\.shape))
    #expect(classifier.statistics.isEmpty)
    // Without a head, the paths of the encoder by itself.
    let backbone = BertBackbone(Self.small())
    let encoder = expected.dropLast(4)
    #expect(backbone.parameters.map(\.path) == encoder.map { String($0.path.dropFirst("bert.".count)) })
    #expect(backbone.parameters.map(\.parameter.shape) == encoder.map(\.shape))
  }

  @Test func rolesTellWeightsFromEmbeddingsBiasesAndNormalization() {
    let network = BertClassifier(Self.small(), outputs: 3)
    for (path, parameter) in network.parameters {
      let role: Parameter.Role =
        if path.contains("LayerNorm") {
          .normalization
        } else if path.contains("_embeddings") {
          .embedding
        } else {
          path.hasSuffix(".bias") ? .bias : .weight
        }
      #expect(parameter.role == role, "\(path)")
    }
    // Six matrices a layer, and none of the embeddings, the pooler and the head.
    let matrices = [
      "attention.self.query", "attention.self.key", "attention.self.value", "attention.output.dense",
      "intermediate.dense", "output.dense",
    ]
    let paths = (0..<2).flatMap { layer in matrices.map { "bert.encoder.layer.\(layer).\($0).weight" } }
    #expect(network.encoderWeights.map(\.path) == paths)
  }

  @Test func parametersAreCountedByHand() {
    let (width, wide) = (384, 1536)
    let norm = 2 * width
    let embeddings = (30_522 + 512 + 2) * width + norm
    // Query, key, value and output; then there and back; a normalisation behind each.
    let layer = 4 * (width * width + width) + norm + (wide * width + wide) + (width * wide + width) + norm
    let pooler = width * width + width
    #expect(embeddings + 6 * layer + pooler == 22_713_216)
    #expect(BertBackbone(Self.miniLM).parameterCount == 22_713_216 - pooler)
    for outputs in [1, 2] {
      let count = BertClassifier(Self.miniLM, outputs: outputs).parameterCount
      #expect(count == 22_713_216 + outputs * (width + 1))
    }
  }

  @Test func oneSeedGivesTheSameWeightsAndAnotherOthers() throws {
    let config = BertConfig(
      vocabularySize: 500, hiddenSize: 32, layers: 1, heads: 2, intermediateSize: 64, positions: 16, tokenTypes: 2,
      epsilon: 1e-12, dropout: 0)
    let states = [1, 1, 2].map { BertClassifier(config, outputs: 2, seed: Seed($0)).state.mapValues(\.elements) }
    #expect(states[0] == states[1])
    for (path, values) in states[0] {
      if path.hasSuffix("LayerNorm.weight") {
        #expect(values.allSatisfy { $0 == 1 }, "\(path)")
      } else if path.hasSuffix(".bias") {
        #expect(values.allSatisfy { $0 == 0 }, "\(path)")
      } else {
        #expect(values != states[2][path], "\(path)")
      }
    }
    // Normal with deviation 0.02, each parameter by a stream of its own.
    let words = try #require(states[0]["bert.embeddings.word_embeddings.weight"]).map { Double($0) }
    let (mean, square) = (words.reduce(0, +) / 16_000, words.reduce(0) { $0 + $1 * $1 } / 16_000)
    #expect(abs(mean) < 4 * 0.02 / 16_000.0.squareRoot())
    #expect(abs(square.squareRoot() - 0.02) < 4 * 0.02 / 32_000.0.squareRoot())
    let layer = "bert.encoder.layer.0.attention.self"
    #expect(states[0]["\(layer).query.weight"] != states[0]["\(layer).key.weight"])
  }

  // MARK: Scores

  private static func scores(
    _ network: BertClassifier, _ batch: TokenBatch, _ pass: Pass = Pass(.evaluation)
  ) -> [Float] {
    network(batch, pass).value.elements
  }

  @Test func dropoutActsInTrainingOnly() {
    let batch = Self.batch([5, 3], length: 5)
    let plain = Self.scores(Self.lively(Self.small()), batch)
    let network = Self.lively(Self.small(dropout: 0.5))
    #expect(Self.scores(network, batch) == plain)
    #expect(Self.scores(network, batch, Pass(.evaluation, seed: Seed(1))) == plain)
    #expect(Self.scores(Self.lively(Self.small()), batch, Pass(.training)) == plain)
    let first = Self.scores(network, batch, Pass(.training, seed: Seed(1)))
    #expect(first != plain)
    #expect(Self.scores(network, batch, Pass(.training, seed: Seed(1))) == first)
    #expect(Self.scores(network, batch, Pass(.training, seed: Seed(2))) != first)
  }

  /// More padding, other tokens in it, and other sequences beside it change nothing.
  @Test func paddingDoesNotChangeTheScores() {
    let network = Self.lively(Self.small())
    let scores = Self.scores(network, Self.batch([5, 3, 1], length: 5))
    #expect(scores.count == 9)
    for (length, padding) in [(5, 2), (6, 7), (9, 7), (9, 0)] {
      let padded = Self.scores(network, Self.batch([5, 3, 1], length: length, padding: padding))
      #expect(zip(padded, scores).allSatisfy { abs($0 - $1) < 1e-5 }, "\(length) positions of token \(padding)")
    }
    let alone = Self.scores(network, Self.batch([5], length: 5))
    #expect(zip(alone, scores).allSatisfy { abs($0 - $1) < 1e-5 })
    // Which says something only because scores differ and because padding that counted would change them.
    #expect(abs(scores[0] - scores[3]) > 1e-2)
    let batch = Self.batch([5, 3, 1], length: 6)
    let counted = TokenBatch(
      batch: 3, length: 6, tokens: batch.tokens, types: batch.types, isToken: batch.tokens.map { _ in true })
    #expect(zip(Self.scores(network, counted), scores).contains { abs($0 - $1) > 1e-2 })
  }

  /// The encoder's vectors at positions that count do not depend on those that do not.
  @Test func paddingDoesNotChangeTheVectorsOfOtherPositions() {
    let backbone = BertBackbone(Self.small())
    for (path, parameter) in backbone.parameters {
      let stream = Seed(4).stream(path)
      parameter.value.withMutableElements { elements in
        for index in elements.indices { elements[index] = Float(0.3 * stream.normal(at: index) + 0.1) }
      }
    }
    let short = backbone(Self.batch([3], length: 3), Pass(.evaluation)).value
    let long = backbone(Self.batch([3], length: 8), Pass(.evaluation)).value
    #expect(short.shape == [1, 3, 12] && long.shape == [1, 8, 12])
    #expect(zip(short.elements, long.elements).allSatisfy { abs($0 - $1) < 1e-5 })
    #expect(abs(short.elements[0] - short.elements[12]) > 1e-2)
  }

  /// Tokens, their kinds and their positions all count.
  @Test func everyInputCounts() {
    let network = Self.lively(Self.small())
    func scores(_ tokens: [Int], _ types: [Int]) -> [Float] {
      let marks = tokens.map { _ in true }
      return Self.scores(
        network, TokenBatch(batch: 1, length: tokens.count, tokens: tokens, types: types, isToken: marks))
    }
    let base = scores([1, 2, 3], [0, 0, 1])
    for other in [scores([1, 4, 3], [0, 0, 1]), scores([1, 2, 3], [0, 1, 1]), scores([1, 3, 2], [0, 0, 1])] {
      #expect(zip(base, other).contains { abs($0 - $1) > 1e-3 })
    }
  }

  @Test func sequencesLongerThanTheTableAreProgrammingErrors() async throws {
    let network = BertClassifier(Self.small(), outputs: 2)
    #expect(network(Self.batch([9], length: 9), Pass(.evaluation)).shape == [1, 2])
    let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      _ = BertClassifier(BertTests.small(), outputs: 2)(BertTests.batch([10], length: 10), Pass(.evaluation))
    }
    try expect(
      result, toSay: "sequences of 10 tokens, but 'embeddings.position_embeddings.weight' has shape [9, 12]")
  }

  @Test func tokensOutsideTheVocabularyAreProgrammingErrors() async throws {
    let words = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      let batch = TokenBatch(batch: 1, length: 2, tokens: [1, 11], types: [0, 0], isToken: [true, true])
      _ = BertClassifier(BertTests.small(), outputs: 2)(batch, Pass(.evaluation))
    }
    try expect(words, toSay: "embeddings.word_embeddings': index 11 is outside the table [11, 12]")
    let types = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      let batch = TokenBatch(batch: 1, length: 2, tokens: [1, 1], types: [0, 2], isToken: [true, true])
      _ = BertClassifier(BertTests.small(), outputs: 2)(batch, Pass(.evaluation))
    }
    try expect(types, toSay: "embeddings.token_type_embeddings': index 2 is outside the table [2, 12]")
  }

  /// Requires a process's message, which optimised builds stop without.
  private func expect(
    _ result: ExitTest.Result?, toSay message: String, location: SourceLocation = #_sourceLocation
  ) throws {
    let result = try #require(result, sourceLocation: location)
    #if DEBUG
    let text = String(decoding: result.standardErrorContent, as: UTF8.self)
    #expect(text.contains(message), "\(text)", sourceLocation: location)
    #endif
  }

  @Test func whatDoesNotFitIsAProgrammingError() async {
    await #expect(processExitsWith: .failure, "no outputs") { _ = BertClassifier(BertTests.small(), outputs: 0) }
    await #expect(processExitsWith: .failure, "heads that do not divide the width") {
      _ = BertConfig(
        vocabularySize: 11, hiddenSize: 12, layers: 2, heads: 5, intermediateSize: 20, positions: 9, tokenTypes: 2,
        epsilon: 1e-12, dropout: 0)
    }
    await #expect(processExitsWith: .failure, "training with dropout and without a seed") {
      _ = BertClassifier(BertTests.small(dropout: 0.1), outputs: 2)(BertTests.batch([2], length: 2), Pass(.training))
    }
    await #expect(processExitsWith: .failure, "a sequence of padding alone") {
      let batch = TokenBatch(batch: 1, length: 1, tokens: [1], types: [0], isToken: [false])
      _ = BertClassifier(BertTests.small(), outputs: 2)(batch, Pass(.evaluation))
    }
    await #expect(processExitsWith: .failure, "a batch without sequences") {
      _ = TokenBatch(batch: 0, length: 1, tokens: [], types: [], isToken: [])
    }
    await #expect(processExitsWith: .failure, "marks of another count") {
      _ = TokenBatch(batch: 1, length: 2, tokens: [1, 2], types: [0, 0], isToken: [true])
    }
  }
}
