import Foundation

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
    defer { try? file.close() }
    while let piece = try read(from: file), !piece.isEmpty {
      pending.append(contentsOf: piece)
      var lineStart = 0
      while let newline = Self.newline(in: pending, from: lineStart) {
        do {
          lines.append(try decoder.line(pending[lineStart..<newline]))
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

  private func open(at cursor: JournalCursor) throws(RunStoreError) -> FileHandle {
    let size: UInt64
    let file: FileHandle
    do {
      file = try FileHandle(forReadingFrom: url)
      size = try file.seekToEnd()
      try file.seek(toOffset: UInt64(cursor.byteOffset))
    } catch {
      throw .fileSystem(path: url.path, operation: "read", reason: plainReason(error))
    }
    guard size >= UInt64(cursor.byteOffset) else {
      throw .journalBroken(
        path: url.path, byte: Int(size),
        reason: "the file ends before byte \(cursor.byteOffset), which was read earlier"
      )
    }
    return file
  }

  private func read(from file: FileHandle) throws(RunStoreError) -> Data? {
    do {
      return try file.read(upToCount: 1 << 20)
    } catch {
      throw .fileSystem(path: url.path, operation: "read", reason: plainReason(error))
    }
  }
}
