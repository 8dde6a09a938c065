import Training

/// Reads lines of kinds `metric` and `layer` in the very form in which `JournalLine` writes them, faster than a reader of
/// any JSON: nearly all lines of a journal are of these kinds.
///
/// It gives up, and leaves the line to the general reader, at the first byte that it does not expect, such as a space, an
/// escape, or a key in another place.
struct JournalPointScanner {
  private let bytes: ArraySlice<UInt8>
  private var place: Int

  /// `bytes` is a line's text up to its digest.
  init(_ bytes: ArraySlice<UInt8>) {
    self.bytes = bytes
    place = bytes.startIndex
  }

  /// The line; nil for one to be left to the general reader.
  mutating func line() -> JournalLine? {
    guard skip("{\"seq\":"), let seq = integer(), skip(",\"time\":"), let time = number(), skip(",\"kind\":\"")
    else { return nil }
    let entry: JournalEntry?
    if skip("metric\",\"body\":{") {
      entry = metric().map(JournalEntry.metric)
    } else if skip("layer\",\"body\":{") {
      entry = layer().map(JournalEntry.layer)
    } else {
      entry = nil
    }
    guard let entry, skip("}"), place == bytes.endIndex else { return nil }
    return JournalLine(seq: seq, time: time, entry: entry)
  }

  private mutating func metric() -> MetricPoint? {
    guard skip("\"epoch\":"), let epoch = number(), skip(",\"name\":"), let name = text(), skip(",\"split\":"),
      let split = text(), skip(",\"step\":"), let step = integer(), skip(",\"value\":"), let value = number()
    else { return nil }
    return MetricPoint(name: name, split: split, step: step, epoch: epoch, value: value)
  }

  private mutating func layer() -> LayerPoint? {
    guard skip("\"epoch\":"), let epoch = number(), skip(",\"index\":"), let index = integer(),
      skip(",\"maskFlips\":"), let maskFlips = integer(), skip(",\"nonzero\":"), let nonzero = integer()
    else { return nil }
    var relativeTemperature: Double?
    if skip(",\"relativeTemperature\":") {
      guard let number = number() else { return nil }
      relativeTemperature = number
    }
    guard skip(",\"step\":"), let step = integer() else { return nil }
    var threshold: Double?
    if skip(",\"threshold\":") {
      guard let number = number() else { return nil }
      threshold = number
    }
    guard skip(",\"total\":"), let total = integer(), skip(",\"weightNorm\":"), let weightNorm = number()
    else { return nil }
    return LayerPoint(
      index: index, step: step, epoch: epoch, nonzero: nonzero, total: total, threshold: threshold,
      relativeTemperature: relativeTemperature, maskFlips: maskFlips, weightNorm: weightNorm
    )
  }

  /// Whether `literal` comes next; it is passed then.
  private mutating func skip(_ literal: StaticString) -> Bool {
    let count = literal.utf8CodeUnitCount
    guard bytes.endIndex - place >= count else { return false }
    let matches = literal.withUTF8Buffer { expected in
      for offset in 0..<count where bytes[place + offset] != expected[offset] { return false }
      return true
    }
    if matches { place += count }
    return matches
  }

  private mutating func integer() -> Int? {
    let start = place
    var value = 0
    while place < bytes.endIndex, let digit = Self.digit(bytes[place]) {
      guard place - start < 18 else { return nil }
      value = 10 * value + digit
      place += 1
    }
    // JSON's numbers have no leading zeros.
    return place == start || (place - start > 1 && bytes[start] == UInt8(ascii: "0")) ? nil : value
  }

  /// A number of JSON, or one of the words that stand for those that JSON lacks.
  private mutating func number() -> Double? {
    if skip("\"nan\"") { return .nan }
    if skip("\"+inf\"") { return .infinity }
    if skip("\"-inf\"") { return -.infinity }
    let start = place
    while place < bytes.endIndex, Self.isNumeral(bytes[place]) { place += 1 }
    let numeral = bytes[start..<place]
    let unsigned = numeral.first == UInt8(ascii: "-") ? numeral.dropFirst() : numeral
    guard let first = unsigned.first.flatMap(Self.digit), let last = unsigned.last, Self.digit(last) != nil else {
      return nil
    }
    if first == 0, let second = unsigned.dropFirst().first, Self.digit(second) != nil { return nil }
    guard let value = Double(String(decoding: numeral, as: UTF8.self)), value.isFinite else { return nil }
    return value
  }

  /// A quoted text of plain ASCII.
  private mutating func text() -> String? {
    guard skip("\"") else { return nil }
    let start = place
    while place < bytes.endIndex, bytes[place] != UInt8(ascii: "\"") {
      guard (0x20..<0x7F).contains(bytes[place]), bytes[place] != UInt8(ascii: "\\") else { return nil }
      place += 1
    }
    let text = String(decoding: bytes[start..<place], as: UTF8.self)
    return skip("\"") ? text : nil
  }

  private static func digit(_ byte: UInt8) -> Int? {
    (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) ? Int(byte - UInt8(ascii: "0")) : nil
  }

  private static func isNumeral(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "+"), UInt8(ascii: "."),
      UInt8(ascii: "e"), UInt8(ascii: "E"):
      true
    default: false
    }
  }
}
