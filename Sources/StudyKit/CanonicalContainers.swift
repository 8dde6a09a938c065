/// Members of an object.
struct CanonicalKeyedContainer<Key: CodingKey>: KeyedEncodingContainerProtocol {
  let encoder: CanonicalEncoder

  var codingPath: [any CodingKey] { encoder.codingPath }

  func encodeNil(forKey key: Key) throws {
    encoder.member(key).node.becomeScalar("null")
  }

  func encode(_ value: some Encodable, forKey key: Key) throws {
    try encoder.member(key).encode(value)
  }

  func nestedContainer<Nested: CodingKey>(
    keyedBy type: Nested.Type, forKey key: Key
  ) -> KeyedEncodingContainer<Nested> {
    encoder.member(key).container(keyedBy: type)
  }

  func nestedUnkeyedContainer(forKey key: Key) -> any UnkeyedEncodingContainer {
    encoder.member(key).unkeyedContainer()
  }

  func superEncoder() -> any Encoder {
    encoder.member(CanonicalSuperKey.super)
  }

  func superEncoder(forKey key: Key) -> any Encoder {
    encoder.member(key)
  }
}

private enum CanonicalSuperKey: String, CodingKey {
  case `super`
}

/// Elements of an array.
struct CanonicalUnkeyedContainer: UnkeyedEncodingContainer {
  let encoder: CanonicalEncoder

  var codingPath: [any CodingKey] { encoder.codingPath }
  var count: Int { encoder.node.count }

  func encodeNil() throws {
    encoder.element().node.becomeScalar("null")
  }

  func encode(_ value: some Encodable) throws {
    try encoder.element().encode(value)
  }

  func nestedContainer<Nested: CodingKey>(keyedBy type: Nested.Type) -> KeyedEncodingContainer<Nested> {
    encoder.element().container(keyedBy: type)
  }

  func nestedUnkeyedContainer() -> any UnkeyedEncodingContainer {
    encoder.element().unkeyedContainer()
  }

  func superEncoder() -> any Encoder {
    encoder.element()
  }
}

/// A value that is a number, a text or a truth value, or stands for another one.
struct CanonicalSingleValueContainer: SingleValueEncodingContainer {
  let encoder: CanonicalEncoder

  var codingPath: [any CodingKey] { encoder.codingPath }

  func encodeNil() throws {
    encoder.node.becomeScalar("null")
  }

  func encode(_ value: some Encodable) throws {
    try encoder.encode(value)
  }
}
