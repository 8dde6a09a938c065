import Foundation

/// A case in a JSON file, recognised by its keys.
struct JSONCase {
  enum Kind: String {
    case tokenizer
    case metrics

    /// The kind whose inputs are among `keys`.
    init?(keys: Set<String>) {
      if keys.contains("vocab"), !keys.isDisjoint(with: ["single", "pair"]) {
        self = .tokenizer
      } else if keys.isSuperset(of: ["prediction", "label"]) || keys.isSuperset(of: ["score", "target"]) {
        self = .metrics
      } else {
        return nil
      }
    }
  }

  let name: String
  let kind: Kind
  private let data: Data

  /// Reads a JSON object and tells its kind.
  ///
  /// - Throws: `ConformanceError.notJSON`, `.unknownKeys`.
  init(readingFrom url: URL) throws {
    name = url.deletingPathExtension().lastPathComponent
    data = try Data(contentsOf: url)
    guard let keys = try? JSONDecoder().decode(JSONKeys.self, from: data).names else {
      throw ConformanceError.notJSON(case: name)
    }
    guard let kind = Kind(keys: keys) else { throw ConformanceError.unknownKeys(case: name, keys: keys.sorted()) }
    self.kind = kind
  }

  func run(packages: DataPackages) throws -> Conformance.Verdict {
    switch kind {
    case .tokenizer: try decoded(TokenizerCase.self).run(name: name, packages: packages)
    case .metrics: try decoded(MetricsCase.self).run(name: name)
    }
  }

  private func decoded<Content: Decodable>(_ type: Content.Type) throws -> Content {
    do {
      return try JSONDecoder().decode(type, from: data)
    } catch let error as UnknownExpectation {
      throw ConformanceError.unsupportedExpectation(case: name, key: error.key)
    } catch {
      throw ConformanceError.malformedAttributes(case: name, operation: kind.rawValue)
    }
  }
}

/// The keys of a JSON object.
struct JSONKeys: Decodable {
  let names: Set<String>

  init(from decoder: any Decoder) throws {
    names = Set(try decoder.container(keyedBy: JSONKey.self).allKeys.map(\.stringValue))
  }
}

/// Any key.
struct JSONKey: CodingKey {
  let stringValue: String
  var intValue: Int? { nil }

  init(stringValue: String) { self.stringValue = stringValue }
  init?(intValue: Int) { nil }
}

/// A key that is neither an input nor an expectation of the case's kind.
struct UnknownExpectation: Error {
  let key: String
}

extension KeyedDecodingContainer where Key == JSONKey {
  /// Refuses a key that nobody reads, because it may be an expectation; a text is a remark.
  func refuseUnknown(_ key: JSONKey) throws {
    guard (try? decode(String.self, forKey: key)) != nil else { throw UnknownExpectation(key: key.stringValue) }
  }
}
