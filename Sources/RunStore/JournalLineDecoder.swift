import Digests
import Foundation

/// Decodes a journal's lines one after another, checking their numbers and the running digest.
struct JournalLineDecoder: ~Copyable {
  private var seq: Int
  /// Hexadecimal digits of the digest of the line before, as ASCII.
  private var digest: [UInt8]
  private var hasher = SHA256Hasher()

  init(after cursor: JournalCursor) {
    seq = cursor.seq
    digest = Array(cursor.digest.utf8)
  }

  /// Where the next line begins, if it does at `byteOffset`.
  func cursor(byteOffset: Int) -> JournalCursor {
    JournalCursor(byteOffset: byteOffset, seq: seq, digest: String(decoding: digest, as: UTF8.self))
  }

  /// Reads the next line's bytes, without its newline.
  ///
  /// - Throws: `JournalLine.Fault` with what is wrong; the decoder stays before that line.
  mutating func line(_ bytes: Span<UInt8>) throws(JournalLine.Fault) -> JournalLine {
    let tailLength = JournalLine.digestLength + Self.tailStart.count + Self.tailEnd.count
    guard bytes.count > tailLength else { throw JournalLine.Fault("the line is too short") }
    let headLength = bytes.count - tailLength
    let head = bytes.extracting(first: headLength)
    let previous = digest
    hasher.update(previous.span)
    hasher.update(head)
    let next = hasher.finalizeAndRestart().hexadecimalDigits(JournalLine.digestLength / 2)
    guard Self.matches(bytes, at: headLength, Self.tailStart),
      Self.matches(bytes, at: headLength + Self.tailStart.count, next),
      Self.matches(bytes, at: bytes.count - Self.tailEnd.count, Self.tailEnd)
    else { throw JournalLine.Fault("the line does not match its running digest") }
    let line = try Self.decoded(bytes, head: head)
    guard line.seq == seq + 1 else { throw JournalLine.Fault("expected line \(seq + 1), got \(line.seq)") }
    seq = line.seq
    digest = next
    return line
  }

  private static let tailStart = Array(",\"digest\":\"".utf8)
  private static let tailEnd = Array("\"}".utf8)

  /// Whether `expected` lies at a place of `bytes` that has room for it.
  private static func matches(_ bytes: Span<UInt8>, at place: Int, _ expected: [UInt8]) -> Bool {
    for index in expected.indices where bytes[place + index] != expected[index] { return false }
    return true
  }

  private static func decoded(_ bytes: Span<UInt8>, head: Span<UInt8>) throws(JournalLine.Fault) -> JournalLine {
    if let line = JournalScanner.line(head) { return line }
    do {
      return try JournalCoding.decoder().decode(JournalLine.self, from: bytes.withUnsafeBufferPointer { Data($0) })
    } catch {
      throw JournalLine.Fault("the line cannot be decoded")
    }
  }
}
