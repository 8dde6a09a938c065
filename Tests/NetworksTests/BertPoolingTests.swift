import Autodiff
import Foundation
import Kernels
import Networks
import Testing

/// What the head reads of the encoder, and encoders that come without a head.
@Suite struct BertPoolingTests {
  static func model(_ pooling: BertModelConfig.Pooling, layers: Int = 2, dropout: Double = 0) -> BertModelConfig {
    BertModelConfig(encoder: BertTests.small(layers: layers, dropout: dropout), outputs: 3, pooling: pooling)
  }

  /// A network whose scores differ from sequence to sequence.
  static func lively(_ config: BertModelConfig, seed: UInt64 = 4) -> BertClassifier {
    let network = BertClassifier(config)
    for (path, parameter) in network.parameters {
      let stream = Seed(seed).stream(path)
      let centre = path.hasSuffix("LayerNorm.weight") ? 1.0 : 0
      parameter.value.withMutableElements { elements in
        for index in elements.indices { elements[index] = Float(centre + 0.3 * stream.normal(at: index)) }
      }
    }
    return network
  }

  private static func scores(_ network: BertClassifier, _ batch: TokenBatch) -> [Float] {
    network(batch, Pass(.evaluation)).value.elements
  }

  @Test func theMeanHasNoPooler() {
    let network = BertClassifier(Self.model(.mean))
    let expected = BertStateList.entries.filter { !$0.path.hasPrefix("bert.pooler.") }
    #expect(expected.count == 39)
    #expect(network.parameters.map(\.path) == expected.map(\.path))
    #expect(network.parameters.map(\.parameter.shape) == expected.map(\.shape))
    // Weights do not depend on what else there is.
    let (mean, first) = (
      BertClassifier(Self.model(.mean), seed: Seed(1)), BertClassifier(Self.model(.firstPosition), seed: Seed(1))
    )
    for (path, values) in mean.state { #expect(first.state[path]?.elements == values.elements, "\(path)") }
  }

  /// The encoder by itself, the mean of its vectors by hand, and the head by hand.
  @Test func scoresAreThoseOfTheMean() throws {
    let network = Self.lively(Self.model(.mean))
    let batch = BertTests.batch([5, 3, 1], length: 6)
    let backbone = BertBackbone(network.config.encoder)
    for (path, parameter) in backbone.parameters {
      parameter.value = try #require(network.state["bert.\(path)"])
    }
    let vectors = backbone(batch, Pass(.evaluation)).value.elements.map(Double.init)
    let weight = try #require(network.state["classifier.weight"]).elements.map(Double.init)
    let bias = try #require(network.state["classifier.bias"]).elements.map(Double.init)
    let scores = Self.scores(network, batch)
    for (sequence, length) in [5, 3, 1].enumerated() {
      let mean = (0..<12).map { column in
        (0..<length).reduce(0) { $0 + vectors[(sequence * 6 + $1) * 12 + column] } / Double(length)
      }
      for output in 0..<3 {
        let expected = (0..<12).reduce(bias[output]) { $0 + mean[$1] * weight[output * 12 + $1] }
        #expect(abs(Double(scores[sequence * 3 + output]) - expected) < 1e-4)
      }
    }
  }

  @Test(arguments: BertModelConfig.Pooling.allCases)
  func paddingDoesNotChangeTheScores(pooling: BertModelConfig.Pooling) {
    let network = Self.lively(Self.model(pooling))
    let scores = Self.scores(network, BertTests.batch([5, 3, 1], length: 5))
    for (length, padding) in [(5, 2), (6, 7), (9, 0)] {
      let padded = Self.scores(network, BertTests.batch([5, 3, 1], length: length, padding: padding))
      #expect(zip(padded, scores).allSatisfy { abs($0 - $1) < 1e-5 })
    }
    let batch = BertTests.batch([5, 3, 1], length: 6)
    let counted = TokenBatch(
      batch: 3, length: 6, tokens: batch.tokens, types: batch.types, isToken: batch.tokens.map { _ in true })
    #expect(zip(Self.scores(network, counted), scores).contains { abs($0 - $1) > 1e-2 })
  }

  @Test func dropoutActsOnTheMean() {
    let batch = BertTests.batch([4, 2], length: 4)
    let network = Self.lively(Self.model(.mean, layers: 0, dropout: 0.5))
    let plain = Self.scores(network, batch)
    let first = network(batch, Pass(.training, seed: Seed(1))).value.elements
    #expect(first != plain)
    #expect(network(batch, Pass(.training, seed: Seed(1))).value.elements == first)
  }

  // MARK: Encoders

  private static func encoder(_ network: BertClassifier) -> [String: Tensor] {
    network.state.filter { $0.key.hasPrefix("bert.") }
  }

  @Test(arguments: BertModelConfig.Pooling.allCases)
  func anEncoderLeavesTheHeadAsItIs(pooling: BertModelConfig.Pooling) throws {
    let given = Self.lively(Self.model(.firstPosition), seed: 9)
    let network = BertClassifier(Self.model(pooling), seed: Seed(1))
    let head = network.state.filter { $0.key.hasPrefix("classifier.") }.mapValues(\.elements)
    try network.loadEncoder(Self.encoder(given))
    for (path, value) in network.state {
      #expect(value.elements == (head[path] ?? given.state[path]?.elements), "\(path)")
    }
  }

  /// A missing pooler stays as it was drawn.
  @Test func anEncoderMayComeWithoutAPooler() throws {
    let given = Self.lively(Self.model(.firstPosition), seed: 9)
    let network = BertClassifier(Self.model(.firstPosition), seed: Seed(1))
    let pooler = try #require(network.state["bert.pooler.dense.weight"]).elements
    let bare = Self.encoder(given).filter { !$0.key.hasPrefix("bert.pooler.") }
    try network.loadEncoder(bare)
    #expect(network.state["bert.pooler.dense.weight"]?.elements == pooler)
    #expect(
      network.state["bert.encoder.layer.1.output.dense.weight"]?.elements
        == given.state["bert.encoder.layer.1.output.dense.weight"]?.elements)
    var half = bare
    half["bert.pooler.dense.bias"] = given.state["bert.pooler.dense.bias"]
    #expect(throws: WeightsError.mismatch(missing: ["bert.pooler.dense.weight"], unused: [], misshapen: [])) {
      try network.loadEncoder(half)
    }
    // Where the mean is pooled, half a pooler is as good as none.
    try BertClassifier(Self.model(.mean)).loadEncoder(half)
  }

  @Test func encodersThatDoNotFitAreRefusedWhole() {
    let network = BertClassifier(Self.model(.mean), seed: Seed(1))
    let before = network.state.mapValues(\.elements)
    var tensors = Self.encoder(Self.lively(Self.model(.mean)))
    tensors["bert.embeddings.LayerNorm.bias"] = nil
    tensors["bert.encoder.layer.2.output.dense.bias"] = Tensor(repeating: 1, shape: [12])
    tensors["classifier.bias"] = Tensor(repeating: 1, shape: [3])
    tensors["bert.encoder.layer.0.output.dense.weight"] = Tensor(repeating: 1, shape: [20, 12])
    #expect(
      throws: WeightsError.mismatch(
        missing: ["bert.embeddings.LayerNorm.bias"],
        unused: ["bert.encoder.layer.2.output.dense.bias", "classifier.bias"],
        misshapen: ["'bert.encoder.layer.0.output.dense.weight' has shape [20, 12], expected [12, 20]"])
    ) { try network.loadEncoder(tensors) }
    #expect(network.state.mapValues(\.elements) == before)
  }

  // MARK: Configuration

  @Test func configurationsHaveTheirText() throws {
    let encoder = JSONEncoder()
    encoder.outputFormatting = .sortedKeys
    let text = String(decoding: try encoder.encode(Self.model(.mean)), as: UTF8.self)
    #expect(
      text
        == #"{"encoder":{"dropout":0,"epsilon":1e-12,"heads":3,"hiddenSize":12,"intermediateSize":20,"layers":2,"#
        + #""positions":9,"tokenTypes":2,"vocabularySize":11},"outputs":3,"pooling":"mean"}"#)
    for pooling in BertModelConfig.Pooling.allCases {
      let config = Self.model(pooling)
      #expect(try JSONDecoder().decode(BertModelConfig.self, from: encoder.encode(config)) == config)
    }
  }
}
