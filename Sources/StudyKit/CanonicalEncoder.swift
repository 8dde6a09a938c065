/// Writes `Encodable` values into the nodes of `CanonicalJSON`.
///
/// The standard library alone has no JSON encoder, and a study must start without Foundation: loading it takes longer
/// than everything else that a study does.
struct CanonicalEncoder: Encoder {
  let node: CanonicalNode
  let codingPath: [any CodingKey]
  let nonFinite: CanonicalJSON.NonFinite

  var userInfo: [CodingUserInfoKey: Any] { [:] }

  func container<Key: CodingKey>(keyedBy type: Key.Type) -> KeyedEncodingContainer<Key> {
    node.becomeObject()
    return KeyedEncodingContainer(CanonicalKeyedContainer<Key>(encoder: self))
  }

  func unkeyedContainer() -> any UnkeyedEncodingContainer {
    node.becomeArray()
    return CanonicalUnkeyedContainer(encoder: self)
  }

  func singleValueContainer() -> any SingleValueEncodingContainer {
    CanonicalSingleValueContainer(encoder: self)
  }

  func member(_ key: any CodingKey) -> CanonicalEncoder {
    CanonicalEncoder(node: node.member(key.stringValue), codingPath: codingPath + [key], nonFinite: nonFinite)
  }

  func element() -> CanonicalEncoder {
    let key = CanonicalIndexKey(index: node.count)
    return CanonicalEncoder(node: node.appended(), codingPath: codingPath + [key], nonFinite: nonFinite)
  }

  func encode(_ value: some Encodable) throws {
    switch value {
    case let value as String: node.becomeScalar(quoted(value))
    case let value as Double: try encode(value)
    case let value as Float: try encode(Double(value))
    case let value as Bool: node.becomeScalar(value ? "true" : "false")
    case let value as any FixedWidthInteger: node.becomeScalar(String(describing: value))
    default: try value.encode(to: self)
    }
  }

  private func encode(_ value: Double) throws {
    if value.isFinite {
      // Minus zero equals zero, so it has the same text.
      return node.becomeScalar((value == 0 ? 0 : value).description)
    }
    switch nonFinite {
    case .spelled:
      node.becomeScalar(quoted(value.isNaN ? "nan" : value.description))
    case .refused:
      throw EncodingError.invalidValue(
        value, EncodingError.Context(codingPath: codingPath, debugDescription: "\(value) is not a finite number"))
    }
  }
}

/// Position in an array, for the paths in errors.
struct CanonicalIndexKey: CodingKey {
  let index: Int

  init(index: Int) {
    self.index = index
  }

  init?(intValue: Int) {
    self.init(index: intValue)
  }

  init?(stringValue: String) {
    nil
  }

  var intValue: Int? { index }
  var stringValue: String { String(index) }
}
