import Foundation

/// The file `config.json` of a BERT checkpoint.
package struct PretrainedConfiguration {
  package let config: BertConfig

  /// Longest file that is read.
  private static let byteLimit = 1 << 20

  private struct File: Decodable {
    var kind: String?
    var vocabularySize: Int?
    var hiddenSize: Int?
    var layers: Int?
    var heads: Int?
    var intermediateSize: Int?
    var positions: Int?
    var tokenTypes: Int?
    var epsilon: Double?
    var hiddenDropout: Double?
    var attentionDropout: Double?
    var activation: String?
    var positionKind: String?
    var isDecoder: Bool?

    enum CodingKeys: String, CodingKey {
      case kind = "model_type"
      case vocabularySize = "vocab_size"
      case hiddenSize = "hidden_size"
      case layers = "num_hidden_layers"
      case heads = "num_attention_heads"
      case intermediateSize = "intermediate_size"
      case positions = "max_position_embeddings"
      case tokenTypes = "type_vocab_size"
      case epsilon = "layer_norm_eps"
      case hiddenDropout = "hidden_dropout_prob"
      case attentionDropout = "attention_probs_dropout_prob"
      case activation = "hidden_act"
      case positionKind = "position_embedding_type"
      case isDecoder = "is_decoder"
    }
  }

  /// - Throws: `unreadable`; `unsupportedEncoder` with everything that this engine's BERT cannot be.
  init(readingFrom url: URL) throws(WeightsError) {
    let path = url.relativePath
    let data: Data
    do {
      let size = try FileManager.default.attributesOfItem(atPath: url.path)[.size] as? Int ?? 0
      guard size <= Self.byteLimit else {
        throw WeightsError.unsupportedEncoder(
          path: path, faults: ["it has \(size) bytes, expected at most \(Self.byteLimit)"])
      }
      data = try Data(contentsOf: url)
    } catch let error as WeightsError {
      throw error
    } catch {
      throw .unreadable(path: path, reason: error.localizedDescription)
    }
    try self.init(data, path: path)
  }

  /// - Throws: `unsupportedEncoder`.
  package init(_ data: Data, path: String) throws(WeightsError) {
    let file: File
    do {
      file = try JSONDecoder().decode(File.self, from: data)
    } catch DecodingError.typeMismatch(_, let context) where !context.codingPath.isEmpty {
      let key = context.codingPath.map(\.stringValue).joined(separator: ".")
      throw .unsupportedEncoder(path: path, faults: ["'\(key)' is of the wrong type"])
    } catch {
      throw .unsupportedEncoder(path: path, faults: ["it is not a JSON object"])
    }
    var faults: [String] = []
    func text(_ key: File.CodingKeys, _ value: String?, _ expected: String, absent: String? = nil) {
      let value = value ?? absent
      if value != expected {
        faults.append("'\(key.rawValue)' is \(value.map { "'\($0)'" } ?? "missing"), expected '\(expected)'")
      }
    }
    func size(_ key: File.CodingKeys, _ value: Int?, upTo limit: Int = 1 << 24) -> Int {
      guard let value, (1...limit).contains(value) else {
        faults.append("'\(key.rawValue)' is \(value.map(String.init) ?? "missing"), expected 1...\(limit)")
        return 1
      }
      return value
    }
    // What is absent is what the reference implementation then takes.
    text(.kind, file.kind, "bert")
    text(.activation, file.activation, "gelu", absent: "gelu")
    text(.positionKind, file.positionKind, "absolute", absent: "absolute")
    if file.isDecoder == true { faults.append("'is_decoder' is true, expected an encoder") }
    let dropout = file.hiddenDropout ?? 0.1
    let epsilon = file.epsilon ?? 1e-12
    if !(0..<1).contains(dropout) { faults.append("'hidden_dropout_prob' is \(dropout), expected 0..<1") }
    if let other = file.attentionDropout, other != dropout {
      faults.append("'attention_probs_dropout_prob' is \(other), expected 'hidden_dropout_prob', \(dropout)")
    }
    if !(epsilon > 0 && epsilon < 1) { faults.append("'layer_norm_eps' is \(epsilon), expected between 0 and 1") }
    let width = size(.hiddenSize, file.hiddenSize)
    var heads = size(.heads, file.heads)
    if width == file.hiddenSize, width % heads != 0 {
      faults.append("'hidden_size' \(width) is no multiple of 'num_attention_heads' \(heads)")
      heads = 1
    }
    let (vocabulary, layers) = (size(.vocabularySize, file.vocabularySize), size(.layers, file.layers, upTo: 1000))
    let (wide, positions) = (size(.intermediateSize, file.intermediateSize), size(.positions, file.positions))
    let types = size(.tokenTypes, file.tokenTypes ?? 2)
    guard faults.isEmpty else { throw .unsupportedEncoder(path: path, faults: faults) }
    config = BertConfig(
      vocabularySize: vocabulary, hiddenSize: width, layers: layers, heads: heads, intermediateSize: wide,
      positions: positions, tokenTypes: types, epsilon: epsilon, dropout: dropout)
  }
}
