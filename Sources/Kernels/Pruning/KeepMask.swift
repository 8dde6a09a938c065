/// Which elements of a tensor are kept, one bit each in row-major order.
package struct KeepMask: Equatable, Sendable {
  package let count: Int
  /// Bit i of word j is element 64 j + i; bits past `count` are 0.
  package private(set) var words: [UInt64]

  /// Mask that keeps all elements, or none.
  package init(repeating isKept: Bool, count: Int) {
    precondition(count >= 0, "keep mask: count \(count) is negative")
    self.count = count
    self.words = [UInt64](repeating: isKept ? .max : 0, count: (count + 63) / 64)
    clearPadding()
  }

  /// Mask from its words; nil if their number does not fit `count` or a bit past `count` is set.
  package init?(count: Int, words: [UInt64]) {
    // Divided first: a file may say any count.
    guard count >= 0, words.count == count / 64 + (count % 64).signum() else { return nil }
    self.count = count
    self.words = words
    clearPadding()
    guard self.words == words else { return nil }
  }

  package subscript(index: Int) -> Bool {
    get {
      precondition(index >= 0 && index < count, "keep mask: index \(index) is outside 0..<\(count)")
      return words[index / 64] >> UInt64(index % 64) & 1 == 1
    }
    set {
      precondition(index >= 0 && index < count, "keep mask: index \(index) is outside 0..<\(count)")
      let bit = UInt64(1) << UInt64(index % 64)
      if newValue { words[index / 64] |= bit } else { words[index / 64] &= ~bit }
    }
  }

  package var keptCount: Int { words.reduce(0) { $0 + $1.nonzeroBitCount } }

  /// Number of positions at which this mask and `other` differ.
  ///
  /// - Precondition: equal counts.
  package func flips(from other: KeepMask) -> Int {
    precondition(count == other.count, "flips between keep masks of \(count) and \(other.count) elements")
    var flips = 0
    for index in words.indices { flips += (words[index] ^ other.words[index]).nonzeroBitCount }
    return flips
  }

  /// Replaces the word that holds elements `64 index` and following.
  mutating func setWord(_ index: Int, _ word: UInt64) {
    words[index] = word
  }

  private mutating func clearPadding() {
    guard count % 64 != 0 else { return }
    words[count / 64] &= (1 << UInt64(count % 64)) - 1
  }
}

/// Written as its count and its words, 16 hexadecimal digits each.
extension KeepMask: Codable {
  private enum CodingKeys: String, CodingKey {
    case count
    case words
  }

  package init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    let count = try container.decode(Int.self, forKey: .count)
    let digits = Array(try container.decode(String.self, forKey: .words).utf8)
    var words: [UInt64] = []
    words.reserveCapacity(digits.count / 16)
    for start in stride(from: 0, to: digits.count - digits.count % 16, by: 16) {
      guard let word = UInt64(String(decoding: digits[start..<start + 16], as: UTF8.self), radix: 16) else { break }
      words.append(word)
    }
    guard words.count * 16 == digits.count, let mask = KeepMask(count: count, words: words) else {
      throw DecodingError.dataCorruptedError(
        forKey: .words, in: container,
        debugDescription: "keep mask of \(count) bits has \(digits.count) hexadecimal digits that do not describe it")
    }
    self = mask
  }

  package func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(count, forKey: .count)
    let digits = Array("0123456789abcdef".utf8)
    var text: [UInt8] = []
    text.reserveCapacity(words.count * 16)
    for word in words {
      for shift in stride(from: UInt64(60), through: 0, by: -4) { text.append(digits[Int(word >> shift & 15)]) }
    }
    try container.encode(String(decoding: text, as: UTF8.self), forKey: .words)
  }
}
