/// Any JSON value, for configurations that are flattened into SQL.
enum JSONValue: Decodable, Equatable {
  case null
  case boolean(Bool)
  case number(Double)
  case text(String)
  case array([JSONValue])
  case object([String: JSONValue])

  init(from decoder: any Decoder) throws {
    let container = try decoder.singleValueContainer()
    // The commonest first: a type that does not fit costs an error.
    if container.decodeNil() {
      self = .null
    } else if let value = try? container.decode(Double.self) {
      self = .number(value)
    } else if let value = try? container.decode(String.self) {
      self = .text(value)
    } else if let value = try? container.decode([String: JSONValue].self) {
      self = .object(value)
    } else if let value = try? container.decode(Bool.self) {
      self = .boolean(value)
    } else {
      self = .array(try container.decode([JSONValue].self))
    }
  }

  /// Leaves with their dotted paths, sorted by path.
  ///
  /// Swift's coding of enum cases shows through in two ways that are smoothed over: the label `_0` of an unnamed
  /// payload is left out, and a case without payload, an empty object, is a leaf of its own.
  func leaves(at path: String = "") -> [(path: String, value: JSONValue)] {
    switch self {
    case .object(let members) where !members.isEmpty:
      members.sorted { $0.key < $1.key }.flatMap { key, value in
        value.leaves(at: key == "_0" ? path : path.isEmpty ? key : "\(path).\(key)")
      }
    case .array(let elements):
      elements.enumerated().flatMap { index, value in value.leaves(at: "\(path).\(index)") }
    case .null: []
    case .boolean, .number, .text, .object: [(path, self)]
    }
  }
}
