import Autodiff
import Inference
import Kernels
import Networks
import TestSupport
import Testing

@Suite struct TokenPlanTests {
  struct Case: CustomTestStringConvertible, Sendable {
    var pooling = BertModelConfig.Pooling.firstPosition
    var batch = 1
    var length = 12
    var layers = 2
    var hidden = 24
    var heads = 3
    var wide = 40
    /// Tokens that count in the first sequence, and one less in each that follows.
    var counted = 12
    var choice: KernelChoice
    /// Share of the encoder's weights that are pruned.
    var sparsity: Float = 0.8
    /// Whether heads and feed-forward rows are taken out.
    var isShrunk = false

    var testDescription: String {
      "\(pooling), \(batch) of \(length) (\(counted)), \(layers) layers of \(hidden)/\(heads)/\(wide), \(choice), "
        + "\(sparsity), shrunk \(isShrunk)"
    }

    /// A network whose normalisations differ from feature to feature.
    func network() -> BertClassifier {
      let encoder = BertConfig(
        vocabularySize: 50, hiddenSize: hidden, layers: layers, heads: heads, intermediateSize: wide, positions: 128,
        tokenTypes: 2, epsilon: 1e-12, dropout: 0.1)
      let network = BertClassifier(BertModelConfig(encoder: encoder, outputs: 3, pooling: pooling), seed: Seed(3))
      for (path, parameter) in network.parameters {
        switch parameter.role {
        case .normalization:
          let range: ClosedRange<Float> = path.hasSuffix("weight") ? 0.5...1.5 : -0.5...0.5
          parameter.value = Tensor.random(path, parameter.shape, in: range)
        case .bias: parameter.value = Tensor.random(path, parameter.shape, in: -0.2...0.2)
        // Larger than by default, so that tokens differ and attention is not even.
        case .embedding: parameter.value = Tensor.random(path, parameter.shape)
        case .weight:
          let share = network.exclusion(of: path) == nil ? sparsity : 0
          let chances = Tensor.random("\(path)/chance", parameter.shape, in: 0...1).elements
          let factor = 3 / Float(parameter.shape[1]).squareRoot()
          let values = zip(Tensor.random(path, parameter.shape).elements, chances).map { $1 < share ? 0 : factor * $0 }
          parameter.value = Tensor(values, shape: parameter.shape)
        }
      }
      guard isShrunk else { return network }
      let kept = network.channelGroups().enumerated().map { index, group in
        (group.name, (0..<group.count).filter { ($0 + index) % 3 != 0 })
      }
      return network.shrunk(keeping: Dictionary(uniqueKeysWithValues: kept))
    }

    /// Padding in the middle as well as at the end.
    var tokens: TokenBatch {
      let count = batch * length
      return TokenBatch(
        batch: batch, length: length, tokens: (0..<count).map { 31 * $0 % 50 }, types: (0..<count).map { $0 / 5 % 2 },
        isToken: (0..<count).map { index in
          let (sequence, position) = index.quotientAndRemainder(dividingBy: length)
          return position < counted - sequence && (counted == length || position != 1)
        })
    }
  }

  static let cases: [Case] =
    KernelChoice.allCases.flatMap { choice in
      [
        Case(choice: choice), Case(batch: 2, counted: 9, choice: choice),
        Case(pooling: .mean, batch: 2, counted: 8, choice: choice, isShrunk: true),
        Case(batch: 2, length: 41, counted: 37, choice: choice, isShrunk: true),
        // MiniLM's shapes.
        Case(length: 128, layers: 2, hidden: 384, heads: 12, wide: 1536, counted: 100, choice: choice, sparsity: 0.9),
      ]
    } + [
      // One token, blocks of every width, heads of odd width and of one feature, no layers.
      Case(length: 1, counted: 1, choice: .dense), Case(length: 2, counted: 2, choice: .sparse),
      Case(length: 7, counted: 7, choice: .dense), Case(length: 17, counted: 17, choice: .sparse),
      Case(length: 33, counted: 30, choice: .dense), Case(length: 97, counted: 97, choice: .sparse),
      Case(pooling: .mean, length: 70, hidden: 15, heads: 3, wide: 7, counted: 60, choice: .dense, isShrunk: true),
      Case(length: 20, hidden: 5, heads: 5, wide: 13, counted: 20, choice: .sparse),
      Case(layers: 0, choice: .dense), Case(pooling: .mean, layers: 0, counted: 7, choice: .sparse),
      Case(pooling: .mean, batch: 3, length: 128, hidden: 384, heads: 12, wide: 1536, counted: 128, choice: .dense),
    ]

  @Test(arguments: cases)
  func scoresAreThoseOfTheTrainingEngine(_ test: Case) throws {
    let (network, tokens) = (test.network(), test.tokens)
    let expected = network(tokens, Pass(.evaluation)).value
    let largest = expected.elements.map(abs).max() ?? 0
    try #require(largest > 1e-2 && largest.isFinite)
    let plan = try TokenPlan(network.frozenEncoder(), batch: test.batch, length: test.length, choice: test.choice)
    let tolerance = Tolerance(absolute: 1e-4 * Double(min(1, largest)), relative: 1e-4)
    // Twice, with other tokens in between: a run leaves nothing behind that the next one sees.
    expectClose(plan(tokens), expected, tolerance)
    _ = plan(
      TokenBatch(
        batch: tokens.batch, length: tokens.length, tokens: tokens.tokens.map { 49 - $0 },
        types: tokens.types.map { 1 - $0 }, isToken: tokens.isToken.map { _ in true }))
    let timed = plan.timed(tokens)
    expectClose(timed.scores, expected, tolerance)
    #expect(timed.seconds.count == plan.layers.count)
    #expect(timed.seconds.allSatisfy { $0 > 0 })
  }

  @Test func everyProductSaysWhatItIsAndWhy() throws {
    let encoder = Case(choice: .measured).network().frozenEncoder()
    func products(_ choice: KernelChoice) throws -> [PlannedLayer] {
      try TokenPlan(encoder, batch: 1, length: 12, choice: choice).layers.filter {
        [.sparseProduct, .denseProduct].contains($0.implementation)
      }
    }
    let (dense, sparse, measured) = (try products(.dense), try products(.sparse), try products(.measured))
    #expect(
      dense.map(\.path) == [
        "bert.encoder.layer.0.attention.self.{query,key,value}", "bert.encoder.layer.0.attention.output.dense",
        "bert.encoder.layer.0.intermediate.dense", "bert.encoder.layer.0.output.dense",
        "bert.encoder.layer.1.attention.self.{key,value}", "bert.encoder.layer.1.attention.self.query",
        "bert.encoder.layer.1.attention.output.dense", "bert.encoder.layer.1.intermediate.dense",
        "bert.encoder.layer.1.output.dense", "bert.pooler.dense", "classifier",
      ])
    #expect(dense.allSatisfy { $0.implementation == .denseProduct && $0.reason == "asked for" })
    #expect(sparse.allSatisfy { $0.implementation == .sparseProduct && $0.reason == "asked for" })
    #expect(sparse.dropLast(2).allSatisfy { $0.nonzeros < $0.weights / 3 && $0.nonzeros > 0 })
    #expect(measured.allSatisfy { $0.reason.hasPrefix("measured: sparse ") })
    #expect(measured.map(\.path) == dense.map(\.path))
  }

  @Test func activationsShareMemory() throws {
    let test = Case(length: 64, layers: 4, counted: 64, choice: .sparse)
    let plan = try TokenPlan(test.network().frozenEncoder(), batch: 1, length: 64, choice: .sparse)
    let apart = plan.layers.reduce(0) { $0 + 4 * $1.output.count }
    let largest = plan.layers.map { 4 * $0.output.count }.max() ?? 0
    #expect(plan.activationBytes < apart / 2)
    #expect(plan.activationBytes >= largest)
  }

  @Test func sequencesThatAreTooLongAreRefused() {
    let encoder = Case(choice: .dense).network().frozenEncoder()
    let error = #expect(throws: InferenceError.self) { try TokenPlan(encoder, batch: 1, length: 129) }
    #expect(
      error?.description
        == "sequences of 129 tokens are longer than the encoder's 128 positions; cut them to 128")
  }
}
