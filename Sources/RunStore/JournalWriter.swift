import Foundation
import Training

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
  /// Length of the file as far as whole writes went.
  private var written: UInt64
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
    written = UInt64(cursor.byteOffset)
    do {
      file = try FileHandle(forWritingTo: url)
      try file.truncate(atOffset: written)
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
  /// - Throws: `RunStoreError.diskFull`, after which it may be tried again with `flush`; `.fileSystem` when the disk is
  ///   gone, and nothing may be reported after that.
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
      try settle()
    } else {
      try flushIfDue()
    }
  }

  /// Writes everything to the disk itself.
  package func settle() throws(RunStoreError) {
    try flush()
    do {
      try file.synchronize()
    } catch {
      throw refusal(error)
    }
  }

  /// Writes what has waited for a second or longer; to be called between steps.
  package func flushIfDue() throws(RunStoreError) {
    // A clock that was set back would hold lines in memory for as long.
    if abs(clock() - lastFlush) >= 1 { try flush() }
  }

  /// Writes everything to the file.
  ///
  /// What did not fit is kept, and what was written of it is taken back, so that a line is never there twice.
  package func flush() throws(RunStoreError) {
    lastFlush = clock()
    guard !buffer.isEmpty else { return }
    do {
      try file.write(contentsOf: buffer)
    } catch {
      try? file.truncate(atOffset: written)
      throw refusal(error)
    }
    written += UInt64(buffer.count)
    buffer.removeAll(keepingCapacity: true)
  }

  private func refusal(_ error: any Error) -> RunStoreError {
    isDiskFull(error)
      ? .diskFull(path: url.path) : .fileSystem(path: url.path, operation: "write", reason: plainReason(error))
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
