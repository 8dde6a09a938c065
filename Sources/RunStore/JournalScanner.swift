import Glibc
import Training

/// Reads lines of kinds `metric`, `layer`, `result` and `layers` in the very form in which `JournalLine` writes them, faster
/// than a reader of any JSON: nearly all lines of a journal are of these kinds.
///
/// It gives up, and leaves the line to the general reader, at the first byte that it does not expect, such as a space, an
/// escape, or a key in another place.
struct JournalScanner {
  private let bytes: UnsafeBufferPointer<UInt8>
  private var place = 0

  /// The line whose text up to its digest is `head`; nil for one to be left to the general reader.
  static func line(_ head: Span<UInt8>) -> JournalLine? {
    head.withUnsafeBufferPointer { bytes in
      var scanner = JournalScanner(bytes: bytes)
      return scanner.line()
    }
  }

  private init(bytes: UnsafeBufferPointer<UInt8>) {
    self.bytes = bytes
  }

  private mutating func line() -> JournalLine? {
    guard skip("{\"seq\":"), let seq = integer(), skip(",\"time\":"), let time = number(), skip(",\"kind\":\"")
    else { return nil }
    let entry: JournalEntry?
    if skip("metric\",\"body\":{") {
      entry = metric().map(JournalEntry.metric)
    } else if skip("layer\",\"body\":{") {
      entry = layer().map(JournalEntry.layer)
    } else if skip("result\",\"body\":{") {
      entry = result().map(JournalEntry.result)
    } else if skip("layers\",\"body\":[") {
      entry = layers().map(JournalEntry.layers)
    } else {
      entry = nil
    }
    guard let entry, place == bytes.endIndex else { return nil }
    return JournalLine(seq: seq, time: time, entry: entry)
  }

  private mutating func metric() -> MetricPoint? {
    guard skip("\"epoch\":"), let epoch = number(), skip(",\"name\":"), let name = text(), skip(",\"split\":"),
      let split = text(), skip(",\"step\":"), let step = integer(), skip(",\"value\":"), let value = number(), skip("}")
    else { return nil }
    return MetricPoint(name: name, split: split, step: step, epoch: epoch, value: value)
  }

  private mutating func result() -> ResultPoint? {
    guard skip("\"name\":"), let name = text(), skip(",\"step\":"), let step = integer(), skip(",\"value\":"),
      let value = number(), skip("}")
    else { return nil }
    return ResultPoint(name: name, step: step, value: value)
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
    guard skip(",\"total\":"), let total = integer(), skip(",\"weightNorm\":"), let weightNorm = number(), skip("}")
    else { return nil }
    return LayerPoint(
      index: index, step: step, epoch: epoch, nonzero: nonzero, total: total, threshold: threshold,
      relativeTemperature: relativeTemperature, maskFlips: maskFlips, weightNorm: weightNorm
    )
  }

  private mutating func layers() -> [LayerDescription]? {
    var layers: [LayerDescription] = []
    repeat {
      guard let layer = description() else { return nil }
      layers.append(layer)
    } while skip(",")
    return skip("]") ? layers : nil
  }

  private mutating func description() -> LayerDescription? {
    guard skip("{\"index\":"), let index = integer(), skip(",\"isPrunable\":"), let isPrunable = boolean(),
      skip(",\"macs\":"), let macs = integer(), skip(",\"name\":"), let name = text(), skip(",\"operation\":"),
      let operation = text(), skip(",\"parameters\":"), let parameters = integer(), skip(",\"reason\":"),
      let reason = text(), skip(",\"shape\":["), let first = integer()
    else { return nil }
    var shape = [first]
    while skip(",") {
      guard let extent = integer() else { return nil }
      shape.append(extent)
    }
    guard skip("]}") else { return nil }
    return LayerDescription(
      index: index, name: name, operation: operation, shape: shape, parameters: parameters, macs: macs,
      isPrunable: isPrunable, reason: reason)
  }

  /// Whether `literal` comes next; it is passed then.
  @inline(__always)
  private mutating func skip(_ literal: StaticString) -> Bool {
    let count = literal.utf8CodeUnitCount
    guard bytes.count - place >= count, let start = bytes.baseAddress,
      memcmp(start + place, literal.utf8Start, count) == 0
    else { return false }
    place += count
    return true
  }

  private mutating func boolean() -> Bool? {
    skip("true") ? true : skip("false") ? false : nil
  }

  private mutating func integer() -> Int? {
    var run = DigitRun()
    guard wholeDigits(into: &run), run.significant <= 18 else { return nil }
    return Int(run.value)
  }

  /// Digits read so far, as an integer, which wraps around after more than 19 of them that count.
  private struct DigitRun {
    var value: UInt64 = 0
    /// Digits from the first on that is not zero.
    var significant = 0
  }

  /// Whether digits come next, without a needless zero before them, which JSON's numbers do not have.
  private mutating func wholeDigits(into run: inout DigitRun) -> Bool {
    let start = place
    let count = digits(into: &run)
    return count == 1 || (count > 1 && bytes[start] != UInt8(ascii: "0"))
  }

  /// Passes all digits that come next and returns their number.
  private mutating func digits(into run: inout DigitRun) -> Int {
    let start = place
    while place < bytes.count, let digit = Self.digit(bytes[place]) {
      run.value = 10 &* run.value &+ digit
      if run.value != 0 { run.significant += 1 }
      place += 1
    }
    return place - start
  }

  /// A number of JSON, or one of the words that stand for those that JSON lacks.
  private mutating func number() -> Double? {
    if place < bytes.count, bytes[place] == UInt8(ascii: "\"") {
      return skip("\"nan\"") ? .nan : skip("\"+inf\"") ? .infinity : skip("\"-inf\"") ? -.infinity : nil
    }
    let start = place
    let isNegative = skip("-")
    var run = DigitRun()
    guard wholeDigits(into: &run) else { return nil }
    var exponent = 0
    if skip(".") {
      exponent = -digits(into: &run)
      guard exponent < 0 else { return nil }
    }
    if skip("e") || skip("E") {
      guard let power = power() else { return nil }
      exponent += power
    }
    if run.significant <= 18, let magnitude = DecimalNumeral(digits: run.value, exponent: exponent).nearestDouble {
      return isNegative ? -magnitude : magnitude
    }
    guard let value = Double(String(decoding: bytes[start..<place], as: UTF8.self)), value.isFinite else { return nil }
    return value
  }

  /// A power of ten with its sign.
  private mutating func power() -> Int? {
    let isDivisor = skip("-")
    if !isDivisor { _ = skip("+") }
    var run = DigitRun()
    guard (1...4).contains(digits(into: &run)) else { return nil }
    return isDivisor ? -Int(run.value) : Int(run.value)
  }

  /// A quoted text of plain ASCII.
  private mutating func text() -> String? {
    guard skip("\"") else { return nil }
    let start = place
    while place < bytes.count, bytes[place] != UInt8(ascii: "\"") {
      guard (0x20..<0x7F).contains(bytes[place]), bytes[place] != UInt8(ascii: "\\") else { return nil }
      place += 1
    }
    let text = String(decoding: bytes[start..<place], as: UTF8.self)
    return skip("\"") ? text : nil
  }

  private static func digit(_ byte: UInt8) -> UInt64? {
    let digit = byte &- UInt8(ascii: "0")
    return digit < 10 ? UInt64(digit) : nil
  }
}
