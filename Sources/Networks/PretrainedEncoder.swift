import Foundation
import Kernels

/// A pre-trained BERT encoder in a folder as the library `transformers` writes it: `config.json`, and its weights in
/// `model.safetensors` or in the files that `model.safetensors.index.json` lists.
package struct PretrainedEncoder {
  /// Sizes, and the dropout probability that it was trained with.
  package let config: BertConfig
  /// Every parameter of the encoder by its path in `BertClassifier`, and the pooler's where the checkpoint has one.
  package let tensors: [String: Tensor]
  /// Names in the files that are no part of the encoder: heads of other tasks, buffers of positions.
  package let ignored: [String]
  /// Whether text is lower-cased and stripped of accents before it is cut, as `tokenizer_config.json` says; nil if it
  /// does not.
  package let isLowercasing: Bool?

  /// Reads a folder, strictly: names and shapes must be those of the configuration.
  ///
  /// Names may have the prefix `bert.`, and normalisations the old names `gamma` and `beta`.
  ///
  /// - Throws: `unreadable` or `unsupportedEncoder` for the configuration; `noWeights`, `malformedIndex`, `malformed`,
  ///   `unsupportedType` or `notFinite` for the files; `mismatch` with every missing, unused and misshapen path.
  /// - Cost: the weights are read once and copied once.
  package init(folder: URL) throws(WeightsError) {
    let config = try PretrainedConfiguration(readingFrom: folder.appending(path: "config.json")).config
    let files = try PretrainedFiles(folder: folder)
    var found: [String: (name: String, tensor: Tensor)] = [:]
    var ignored: [String] = []
    for (name, entry) in files.tensors.sorted(by: { $0.key < $1.key }) {
      let path = Self.path(of: name)
      if Self.isIgnored(path) {
        ignored.append(name)
      } else if let earlier = found.updateValue((name, entry.tensor), forKey: path) {
        throw .malformed(
          path: folder.appending(path: entry.file).relativePath,
          fault: "'\(earlier.name)' and '\(name)' are one parameter, '\(path)'")
      }
    }
    let expected = Self.shapes(of: config, hasPooler: found.keys.contains { $0.hasPrefix(Self.pooler) })
    let (positions, others) = (files.integers.filter { Self.isIgnored(Self.path(of: $0)) }, files.integers)
    let unused = (found.keys.filter { expected[$0] == nil } + others.filter { !positions.contains($0) }).sorted()
    let missing = expected.keys.filter { found[$0] == nil }.sorted()
    let misshapen = expected.keys.sorted().compactMap { path -> String? in
      guard let shape = found[path]?.tensor.shape, let wanted = expected[path], shape != wanted else { return nil }
      return "'\(path)' has shape \(shape), expected \(wanted)"
    }
    guard missing.isEmpty, unused.isEmpty, misshapen.isEmpty else {
      throw .mismatch(missing: missing, unused: unused, misshapen: misshapen)
    }
    self.config = config
    self.tensors = found.mapValues(\.tensor)
    self.ignored = (ignored + positions).sorted()
    isLowercasing = Self.lowercasing(folder.appending(path: "tokenizer_config.json"))
  }

  /// Whether the checkpoint has the map behind the encoder's first position.
  package var hasPooler: Bool { tensors.keys.contains { $0.hasPrefix(Self.pooler) } }

  /// Refuses a vocabulary that has tokens without a row in the encoder.
  ///
  /// - Throws: `vocabularyTooLarge`.
  package func check(vocabularyOf tokens: Int) throws(WeightsError) {
    guard tokens <= config.vocabularySize else {
      throw .vocabularyTooLarge(tokens: tokens, rows: config.vocabularySize)
    }
  }

  private static let prefix = "bert."
  private static let pooler = "bert.pooler."

  /// Path in `BertClassifier` of what a file calls `name`.
  private static func path(of name: String) -> String {
    var path = name
    for (old, new) in [("LayerNorm.gamma", "LayerNorm.weight"), ("LayerNorm.beta", "LayerNorm.bias")]
    where path.hasSuffix(old) {
      path = path.dropLast(old.count) + new
    }
    let isEncoders = ["embeddings.", "encoder.", "pooler."].contains(where: path.hasPrefix)
    return isEncoders ? prefix + path : path
  }

  /// Whether a path is of a head of pre-training or of another task, or a buffer.
  private static func isIgnored(_ path: String) -> Bool {
    path.hasPrefix("cls.") || path.hasPrefix("classifier.") || path == "bert.embeddings.position_ids"
      || path == "bert.embeddings.token_type_ids"
  }

  /// Shape of every parameter, so that none is allocated before it is known to be in the file.
  static func shapes(of config: BertConfig, hasPooler: Bool) -> [String: Shape] {
    let (width, wide) = (config.hiddenSize, config.intermediateSize)
    var shapes: [String: Shape] = [
      "bert.embeddings.word_embeddings.weight": [config.vocabularySize, width],
      "bert.embeddings.position_embeddings.weight": [config.positions, width],
      "bert.embeddings.token_type_embeddings.weight": [config.tokenTypes, width],
    ]
    func addNormalization(_ path: String) {
      shapes["\(path).weight"] = [width]
      shapes["\(path).bias"] = [width]
    }
    func addLinear(_ path: String, _ inputs: Int, _ outputs: Int) {
      shapes["\(path).weight"] = [outputs, inputs]
      shapes["\(path).bias"] = [outputs]
    }
    addNormalization("bert.embeddings.LayerNorm")
    for layer in 0..<config.layers {
      let path = "bert.encoder.layer.\(layer)"
      for part in ["query", "key", "value"] { addLinear("\(path).attention.self.\(part)", width, width) }
      addLinear("\(path).attention.output.dense", width, width)
      addNormalization("\(path).attention.output.LayerNorm")
      addLinear("\(path).intermediate.dense", width, wide)
      addLinear("\(path).output.dense", wide, width)
      addNormalization("\(path).output.LayerNorm")
    }
    if hasPooler { addLinear("bert.pooler.dense", width, width) }
    return shapes
  }

  /// What the tokenizer's settings say; nil if there are none that can be read.
  private static func lowercasing(_ url: URL) -> Bool? {
    struct Settings: Decodable {
      var isLowercasing: Bool?

      enum CodingKeys: String, CodingKey {
        case isLowercasing = "do_lower_case"
      }
    }
    let data = try? FileHandle(forReadingFrom: url).read(upToCount: 1 << 20)
    return data.flatMap { try? JSONDecoder().decode(Settings.self, from: $0) }?.isLowercasing
  }
}
