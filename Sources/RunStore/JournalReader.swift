import Foundation
import Glibc

/// Reader of a journal, which may still be growing.
package struct JournalReader {
  package let url: URL

  package init(url: URL) {
    self.url = url
  }

  /// Complete lines after `start`, where they end, and how many bytes of an unfinished line follow.
  ///
  /// A last line without its newline is one being written, or one that its writer died over: it is left alone.
  ///
  /// - Throws: `RunStoreError.journalBroken` with the byte at which the first wrong line begins.
  /// - Cost: reads in pieces of 1 MiB; holds all lines.
  package func lines(
    after start: JournalCursor = .start
  ) throws(RunStoreError) -> (lines: [JournalLine], end: JournalCursor, tornBytes: Int) {
    var decoder = JournalLineDecoder(after: start)
    var byteOffset = start.byteOffset
    var lines: [JournalLine] = []
    var pending: [UInt8] = []
    let file = try open(at: start)
    defer { close(file) }
    while case let piece = try piece(of: file), !piece.isEmpty {
      if pending.isEmpty { pending = piece } else { pending += piece }
      var lineStart = 0
      while let newline = Self.newline(in: pending, from: lineStart) {
        do {
          lines.append(try decoder.line(pending.span.extracting(lineStart..<newline)))
        } catch {
          throw RunStoreError.journalBroken(path: url.path, byte: byteOffset, reason: error.reason)
        }
        byteOffset += newline + 1 - lineStart
        lineStart = newline + 1
      }
      pending.removeFirst(lineStart)
      guard pending.count <= JournalLine.maximumLength else {
        throw .journalBroken(
          path: url.path, byte: byteOffset,
          reason: "the line is longer than \(JournalLine.maximumLength) bytes"
        )
      }
    }
    return (lines, decoder.cursor(byteOffset: byteOffset), pending.count)
  }

  /// The C library's search looks at many bytes at once.
  private static func newline(in bytes: [UInt8], from start: Int) -> Int? {
    bytes.withUnsafeBytes { buffer in
      guard start < buffer.count, let base = buffer.baseAddress,
        let place = memchr(base + start, CInt(UInt8(ascii: "\n")), buffer.count - start)
      else { return nil }
      return UnsafeRawPointer(place) - base
    }
  }

  /// A descriptor of the file, at the cursor's byte.
  private func open(at cursor: JournalCursor) throws(RunStoreError) -> CInt {
    let file = Glibc.open(url.path, O_RDONLY | O_CLOEXEC)
    guard file >= 0 else { throw refusal() }
    let size = lseek(file, 0, SEEK_END)
    guard size >= 0, lseek(file, off_t(cursor.byteOffset), SEEK_SET) >= 0 else {
      let refusal = refusal()
      close(file)
      throw refusal
    }
    guard size >= cursor.byteOffset else {
      close(file)
      throw .journalBroken(
        path: url.path, byte: size,
        reason: "the file ends before byte \(cursor.byteOffset), which was read earlier"
      )
    }
    return file
  }

  /// At most 1 MiB of the file, read in one call where `FileHandle` would make one a page; empty at the file's end.
  private func piece(of file: CInt) throws(RunStoreError) -> [UInt8] {
    let size = 1 << 20
    var count = 0
    let bytes = [UInt8](unsafeUninitializedCapacity: size) { buffer, initialized in
      repeat { count = read(file, buffer.baseAddress, size) } while count < 0 && errno == EINTR
      initialized = max(0, count)
    }
    guard count >= 0 else { throw refusal() }
    return bytes
  }

  private func refusal() -> RunStoreError {
    .fileSystem(path: url.path, operation: "read", reason: String(cString: strerror(errno)).lowercased())
  }
}
