import Foundation

/// Appends facts to one attempt's journal.
///
/// Lines reach the file at least every second while work goes on, and the disk itself at checkpoints, errors and the
/// end. Only the process that holds the attempt's lock may write.
package final class JournalWriter {
  private var url: URL
  private let file: FileHandle
  private let clock: () -> Double
  private var cursor: JournalCursor
  private var buffer: [UInt8] = []
  private var lastFlush: Double

  /// Starts a journal.
  ///
  /// - Throws: `RunStoreError.fileSystem` if the file exists already or cannot be made.
  package convenience init(
    creating url: URL, clock: @escaping () -> Double = { Date().timeIntervalSince1970 }
  ) throws(RunStoreError) {
    do {
      try Data().write(to: url, options: .withoutOverwriting)
    } catch {
      throw .fileSystem(path: url.path, operation: "create", reason: plainReason(error))
    }
    try self.init(url: url, at: .start, clock: clock)
  }

  /// Continues a journal whose writer is gone, after its last complete line; a torn line is cut off.
  package convenience init(
    continuing url: URL, clock: @escaping () -> Double = { Date().timeIntervalSince1970 }
  ) throws(RunStoreError) {
    let (_, end, _) = try JournalReader(url: url).lines()
    try self.init(url: url, at: end, clock: clock)
  }

  private init(url: URL, at cursor: JournalCursor, clock: @escaping () -> Double) throws(RunStoreError) {
    self.url = url
    self.cursor = cursor
    self.clock = clock
    lastFlush = clock()
    do {
      file = try FileHandle(forWritingTo: url)
      try file.truncate(atOffset: UInt64(cursor.byteOffset))
    } catch {
      throw .fileSystem(path: url.path, operation: "write", reason: plainReason(error))
    }
  }

  /// Notes that the file lies elsewhere now, for messages.
  package func moved(to url: URL) {
    self.url = url
  }

  /// Adds one line.
  ///
  /// - Throws: `RunStoreError.fileSystem` when the disk is full or gone; nothing may be reported after that.
  package func append(_ entry: JournalEntry) throws(RunStoreError) {
    let line = JournalLine(seq: cursor.seq + 1, time: clock(), entry: entry)
    do {
      let (text, digest) = try line.encoded(after: cursor.digest)
      buffer.append(contentsOf: text.utf8)
      buffer.append(UInt8(ascii: "\n"))
      cursor = JournalCursor(byteOffset: cursor.byteOffset + text.utf8.count + 1, seq: line.seq, digest: digest)
    } catch {
      throw .fileSystem(path: url.path, operation: "encode a line for", reason: plainReason(error))
    }
    if entry.mustSurvivePowerLoss {
      try flush()
      do {
        try file.synchronize()
      } catch {
        throw .fileSystem(path: url.path, operation: "write", reason: plainReason(error))
      }
    } else {
      try flushIfDue()
    }
  }

  /// Writes what has waited for a second or longer; to be called between steps.
  package func flushIfDue() throws(RunStoreError) {
    if clock() - lastFlush >= 1 { try flush() }
  }

  /// Writes everything to the file.
  package func flush() throws(RunStoreError) {
    lastFlush = clock()
    guard !buffer.isEmpty else { return }
    do {
      try file.write(contentsOf: buffer)
    } catch {
      throw .fileSystem(path: url.path, operation: "write", reason: plainReason(error))
    }
    buffer.removeAll(keepingCapacity: true)
  }

  /// Writes everything and closes the file.
  package func close() throws(RunStoreError) {
    try flush()
    do {
      try file.close()
    } catch {
      throw .fileSystem(path: url.path, operation: "close", reason: plainReason(error))
    }
  }
}
