import Foundation

/// How one file in a report's folder differs from what the database gives.
package enum ReportDifference: Equatable, Sendable, CustomStringConvertible {
  case missing(file: String)
  /// A figure of an earlier report, which this one does not have.
  case leftOver(file: String)
  /// The first line of a text that is not the same, counted from 1; nil where one of the texts has ended before.
  case line(file: String, number: Int, expected: String?, found: String?)
  /// Number of the first byte that is not the same, counted from 0, and how many bytes there are.
  case bytes(file: String, offset: Int, expected: Int, found: Int)

  /// Nil if `found` is what `file` holds.
  init?(_ file: ReportFile, found: Data) {
    let (wanted, found) = (Array(file.bytes), Array(found))
    guard wanted != found else { return nil }
    let offset = zip(wanted, found).prefix { $0 == $1 }.count
    guard Self.texts.contains(where: { file.name.hasSuffix($0) }) else {
      self = .bytes(file: file.name, offset: offset, expected: wanted.count, found: found.count)
      return
    }
    let number = wanted.prefix(offset).count { $0 == Self.newline } + 1
    let isLineEnd = [wanted, found].allSatisfy { offset < $0.count && Self.lineEnds.contains($0[offset]) }
    self = .line(
      file: file.name, number: number, expected: Self.excerpt(wanted, at: offset, keepingEnd: isLineEnd),
      found: Self.excerpt(found, at: offset, keepingEnd: isLineEnd))
  }

  private static let texts = [".md", ".html", ".csv"]
  private static let newline = UInt8(ascii: "\n")
  private static let lineEnds = [newline, UInt8(ascii: "\r")]
  /// Longest piece of a line that is printed, in bytes, and how much of it stands before the difference.
  private static let (longest, context) = (72, 24)

  /// The line around byte `offset`, cut to what can be printed; nil behind the end of the text.
  ///
  /// A carriage return at its end is left out unless it is what differs.
  private static func excerpt(_ bytes: [UInt8], at offset: Int, keepingEnd: Bool) -> String? {
    guard offset < bytes.count else { return nil }
    let start = bytes[..<offset].lastIndex(of: newline).map { $0 + 1 } ?? 0
    var end = bytes[offset...].firstIndex(of: newline) ?? bytes.count
    if !keepingEnd, end > start, bytes[end - 1] == UInt8(ascii: "\r") { end -= 1 }
    let first = end - start <= longest ? start : max(start, offset - context)
    let last = max(first, min(end, first + longest))
    let text = String(decoding: bytes[first..<last], as: UTF8.self)
    return (first > start ? "…" : "") + PlainText.neutralized(text) + (last < end ? "…" : "")
  }

  package var description: String {
    switch self {
    case .missing(let file): "'\(file)' is missing"
    case .leftOver(let file): "'\(file)' is stale: this report has no such figure"
    case .line(let file, let number, let expected, let found):
      "'\(file)' differs in line \(number): expected \(Self.quoted(expected)), got \(Self.quoted(found))"
    case .bytes(let file, let offset, let expected, let found):
      "'\(file)' differs at byte \(offset): expected \(expected) bytes, got \(found)"
    }
  }

  private static func quoted(_ line: String?) -> String { line.map { "'\($0)'" } ?? "the end of the file" }
}
