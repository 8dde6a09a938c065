import Foundation
import Kernels
import Testing

@testable import Networks

/// A folder is made for every test and removed with it.
@Suite final class PretrainedEncoderTests {
  private let folder = FileManager.default.temporaryDirectory.appending(path: "encoder-\(UUID().uuidString)")
  private static let config = BertConfig(
    vocabularySize: 11, hiddenSize: 6, layers: 2, heads: 2, intermediateSize: 10, positions: 7, tokenTypes: 2,
    epsilon: 1e-12, dropout: 0.25)

  init() throws { try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true) }

  deinit { try? FileManager.default.removeItem(at: folder) }

  private static var settings: [String: Any] {
    [
      "model_type": "bert", "vocab_size": 11, "hidden_size": 6, "num_hidden_layers": 2, "num_attention_heads": 2,
      "intermediate_size": 10, "max_position_embeddings": 7, "type_vocab_size": 2, "layer_norm_eps": 1e-12,
      "hidden_dropout_prob": 0.25, "attention_probs_dropout_prob": 0.25, "hidden_act": "gelu",
      "position_embedding_type": "absolute", "architectures": ["BertModel"],
    ]
  }

  /// A checkpoint's tensors with the prefix `bert.`, head left out.
  private let weights = BertClassifier(PretrainedEncoderTests.config, outputs: 2, seed: Seed(3)).state
    .filter { !$0.key.hasPrefix("classifier.") }

  private func write(_ settings: [String: Any] = PretrainedEncoderTests.settings) throws {
    try JSONSerialization.data(withJSONObject: settings).write(to: folder.appending(path: "config.json"))
  }

  private func write(_ tensors: [String: Tensor], to file: String = "model.safetensors") throws {
    try SafetensorsFile(tensors: tensors).encoded().write(to: folder.appending(path: file))
  }

  private func write(index: [String: String]) throws {
    try JSONSerialization.data(withJSONObject: ["metadata": ["total_size": 4], "weight_map": index])
      .write(to: folder.appending(path: "model.safetensors.index.json"))
  }

  private func message() throws -> String {
    let error = #expect(throws: WeightsError.self) { try PretrainedEncoder(folder: folder) }
    return try #require(error).description
  }

  private func path(_ file: String) -> String { folder.appending(path: file).relativePath }

  private func expectWeights(_ encoder: PretrainedEncoder) {
    #expect(encoder.config == Self.config)
    #expect(encoder.tensors.mapValues(\.shape) == weights.mapValues(\.shape))
    #expect(encoder.tensors.mapValues(\.elements) == weights.mapValues(\.elements))
  }

  // MARK: What is read

  @Test func shapesAreThoseOfTheNetwork() {
    let shapes = BertClassifier(Self.config, outputs: 3).state.mapValues(\.shape)
    #expect(
      PretrainedEncoder.shapes(of: Self.config, hasPooler: true) == shapes.filter { !$0.key.hasPrefix("classifier.") })
    #expect(
      PretrainedEncoder.shapes(of: Self.config, hasPooler: false)
        == shapes.filter { !$0.key.hasPrefix("classifier.") && !$0.key.hasPrefix("bert.pooler.") })
  }

  @Test(arguments: [true, false])
  func namesMayHaveThePrefixOrNot(hasPrefix: Bool) throws {
    try write()
    try write(
      hasPrefix ? weights : .init(uniqueKeysWithValues: weights.map { (String($0.key.dropFirst(5)), $0.value) }))
    let encoder = try PretrainedEncoder(folder: folder)
    expectWeights(encoder)
    #expect(encoder.hasPooler)
    #expect(encoder.ignored.isEmpty)
    #expect(encoder.isLowercasing == nil)
  }

  @Test func poolerMayBeAbsent() throws {
    try write()
    try write(weights.filter { !$0.key.hasPrefix("bert.pooler.") })
    let encoder = try PretrainedEncoder(folder: folder)
    #expect(!encoder.hasPooler)
    #expect(encoder.tensors.count == weights.count - 2)
  }

  @Test func headsAndBuffersAreIgnoredAndOldNamesRead() throws {
    try write()
    var old = Dictionary(
      uniqueKeysWithValues: weights.map { name, tensor in
        (
          name.replacing("LayerNorm.weight", with: "LayerNorm.gamma").replacing(
            "LayerNorm.bias", with: "LayerNorm.beta"),
          tensor
        )
      })
    #expect(Set(old.keys) != Set(weights.keys))
    old["cls.predictions.bias"] = Tensor([1], shape: [1])
    old["cls.predictions.transform.LayerNorm.gamma"] = Tensor([1], shape: [1])
    old["bert.embeddings.position_ids"] = Tensor([1], shape: [1])
    try write(old)
    let encoder = try PretrainedEncoder(folder: folder)
    expectWeights(encoder)
    #expect(
      encoder.ignored
        == ["bert.embeddings.position_ids", "cls.predictions.bias", "cls.predictions.transform.LayerNorm.gamma"])
  }

  /// Positions are 64-bit integers in files of the library.
  @Test func integerBufferIsIgnored() throws {
    try write()
    let file = try SafetensorsFile(tensors: weights).encoded()
    let length = file.prefix(8).reversed().reduce(0) { $0 << 8 | Int($1) }
    let body = file.dropFirst(8 + length)
    let entry =
      "{\"embeddings.position_ids\":{\"dtype\":\"I64\",\"shape\":[1,2],"
      + "\"data_offsets\":[\(body.count),\(body.count + 16)]},"
    let header = Data(entry.utf8) + file[9..<(8 + length)]
    let prefix = Data((0..<8).map { UInt8(truncatingIfNeeded: header.count >> (8 * $0)) })
    try (prefix + header + body + Data(count: 16)).write(to: folder.appending(path: "model.safetensors"))
    let encoder = try PretrainedEncoder(folder: folder)
    expectWeights(encoder)
    #expect(encoder.ignored == ["embeddings.position_ids"])
  }

  @Test func shardsAreReadByTheirIndex() throws {
    try write()
    let names = weights.keys.sorted()
    let file = { (index: Int) in "model-0000\(index % 3 + 1)-of-00003.safetensors" }
    for shard in 0..<3 {
      let own = names.enumerated().filter { $0.offset % 3 == shard }.map(\.element)
      try write(weights.filter { own.contains($0.key) }, to: file(shard))
    }
    let index = Dictionary(uniqueKeysWithValues: names.enumerated().map { ($1, file($0)) })
    try write(index: index)
    expectWeights(try PretrainedEncoder(folder: folder))

    let place = "index of weights '\(path("model.safetensors.index.json"))' cannot be used: "
    var other = index
    other["bert.extra"] = file(0)
    try write(index: other)
    #expect(
      try message()
        == place + "it lists 'bert.extra' in '\(file(0))', which does not hold it; copy the folder again")
    other = index
    other[names[1]] = file(0)
    try write(index: other)
    #expect(
      try message() == place + "'\(file(1))' holds '\(names[1])', which it does not list there; copy the folder again")
    for escape in ["../model.safetensors", "/etc/passwd", "model.bin"] {
      other = index
      other[names[0]] = escape
      try write(index: other)
      #expect(
        try message()
          == place + "it lists the file '\(escape)', expected a safetensors file beside it; copy the folder again")
    }
    try Data("{\"weight_map\": []}".utf8).write(to: folder.appending(path: "model.safetensors.index.json"))
    #expect(
      try message()
        == place + "it is no JSON object with a 'weight_map' of names to files; copy the folder again")
  }

  @Test func tokenizerSettingsSayWhetherTextIsLowercased() throws {
    try write()
    try write(weights)
    try Data("{\"do_lower_case\": false}".utf8).write(to: folder.appending(path: "tokenizer_config.json"))
    #expect(try PretrainedEncoder(folder: folder).isLowercasing == false)
  }

  // MARK: What is refused

  @Test func everythingThatDoesNotFitIsListed() throws {
    try write()
    var other = weights
    other["bert.encoder.layer.1.output.dense.bias"] = nil
    other["bert.pooler.dense.bias"] = nil
    other["bert.encoder.layer.2.output.dense.bias"] = Tensor([1], shape: [1])
    other["lm_head.weight"] = Tensor([1], shape: [1])
    other["bert.embeddings.word_embeddings.weight"] = Tensor(repeating: 0, shape: [12, 6])
    try write(other)
    #expect(
      throws: WeightsError.mismatch(
        missing: ["bert.encoder.layer.1.output.dense.bias", "bert.pooler.dense.bias"],
        unused: ["bert.encoder.layer.2.output.dense.bias", "lm_head.weight"],
        misshapen: ["'bert.embeddings.word_embeddings.weight' has shape [12, 6], expected [11, 6]"])
    ) { try PretrainedEncoder(folder: folder) }
  }

  @Test(arguments: [Float.nan, .infinity, -.infinity])
  func weightsThatAreNoNumbersAreNamed(value: Float) throws {
    try write()
    var other = weights
    let name = "bert.encoder.layer.1.attention.self.key.weight"
    var elements = try #require(other[name]).elements
    elements[17] = value
    other[name] = Tensor(elements, shape: [6, 6])
    try write(other)
    #expect(
      try message()
        == "weights file '\(path("model.safetensors"))': tensor '\(name)' holds a number that is infinite or none; "
        + "take another checkpoint")
  }

  @Test func oneParameterUnderTwoNamesIsRefused() throws {
    try write()
    var other = weights
    other["embeddings.LayerNorm.gamma"] = other["bert.embeddings.LayerNorm.weight"]
    try write(other)
    #expect(
      try message()
        == "weights file '\(path("model.safetensors"))' is not a valid safetensors file: "
        + "'bert.embeddings.LayerNorm.weight' and 'embeddings.LayerNorm.gamma' are one parameter, "
        + "'bert.embeddings.LayerNorm.weight'; export or copy it again")
  }

  @Test(
    arguments: [
      ("model_type", "roberta", "'model_type' is 'roberta', expected 'bert'"),
      ("hidden_act", "relu", "'hidden_act' is 'relu', expected 'gelu'"),
      ("position_embedding_type", "relative_key", "'position_embedding_type' is 'relative_key', expected 'absolute'"),
      ("hidden_size", 7, "'hidden_size' 7 is no multiple of 'num_attention_heads' 2"),
      ("hidden_size", 0, "'hidden_size' is 0, expected 1...16777216"),
      ("num_hidden_layers", 1_000_000, "'num_hidden_layers' is 1000000, expected 1...1000"),
      ("vocab_size", "many", "'vocab_size' is of the wrong type"),
      (
        "attention_probs_dropout_prob", 0.5,
        "'attention_probs_dropout_prob' is 0.5, expected 'hidden_dropout_prob', 0.25"
      ),
      ("layer_norm_eps", 0, "'layer_norm_eps' is 0.0, expected between 0 and 1"),
      ("is_decoder", true, "'is_decoder' is true, expected an encoder"),
    ] as [(String, any Sendable, String)])
  func configurationsOfOtherEncodersAreRefused(key: String, value: any Sendable, fault: String) throws {
    var settings = Self.settings
    settings[key] = value
    try write(settings)
    try write(weights)
    #expect(
      try message() == "encoder configuration '\(path("config.json"))' cannot be used: \(fault); take a BERT checkpoint"
    )
  }

  @Test func missingSizesAreAllNamed() throws {
    try write(["model_type": "bert"])
    try write(weights)
    let sizes = [
      "hidden_size", "num_attention_heads", "vocab_size", "num_hidden_layers", "intermediate_size",
      "max_position_embeddings",
    ].map { "'\($0)' is missing, expected 1...\($0 == "num_hidden_layers" ? 1000 : 16_777_216)" }
    #expect(
      try message()
        == "encoder configuration '\(path("config.json"))' cannot be used: \(sizes.joined(separator: "; ")); "
        + "take a BERT checkpoint")
  }

  @Test func folderWithoutWeightsSaysWhatItHas() throws {
    try write()
    let start = "folder '\(folder.relativePath)' has no 'model.safetensors' and no 'model.safetensors.index.json'; "
    #expect(try message() == start + "give the folder of a checkpoint")
    try Data().write(to: folder.appending(path: "pytorch_model.bin"))
    #expect(try message() == start + "save 'pytorch_model.bin' as safetensors first")
  }

  @Test func vocabularyBeyondTheRowsIsRefused() throws {
    try write()
    try write(weights)
    let encoder = try PretrainedEncoder(folder: folder)
    try encoder.check(vocabularyOf: 11)
    let error = #expect(throws: WeightsError.self) { try encoder.check(vocabularyOf: 12) }
    #expect(
      try #require(error).description
        == "the vocabulary has 12 tokens, the encoder rows for 11: they are not of one checkpoint")
  }
}
