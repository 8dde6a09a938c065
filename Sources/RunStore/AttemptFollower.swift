import Foundation

/// Reads what an attempt writes, piece by piece, until it ends.
package struct AttemptFollower {
  package let run: String
  package let attempt: Int
  private let layout: ResultsLayout
  private var cursor = JournalCursor.start
  private var logOffset = 0

  /// What came since the last look.
  package struct News: Equatable, Sendable {
    /// Complete lines of the journal.
    package var lines: [JournalLine] = []
    /// Whole lines of the log, with what follows the last newline once the attempt is over.
    package var log = ""
    package var state = State.live

    package init() {}
  }

  package enum State: Equatable, Sendable {
    case live
    case ended(AttemptEnd)
    /// Its process is gone without having said how it ended.
    case lost
  }

  package init(run: String, attempt: Int, layout: ResultsLayout) {
    self.run = run
    self.attempt = attempt
    self.layout = layout
  }

  /// Looks once.
  ///
  /// - Throws: `RunStoreError.journalBroken`, `.fileSystem`.
  /// - Cost: the files' sizes, and reading what is new.
  package mutating func look() throws(RunStoreError) -> News {
    // Asked before reading: a writer that ends in between has its last lines read below.
    let isLive = FileLock.isHeld(layout.lock(run, attempt))
    var news = News()
    let journal = layout.journal(run, attempt)
    if try size(of: journal) != cursor.byteOffset {
      (news.lines, cursor, _) = try JournalReader(url: journal).lines(after: cursor)
    }
    for case .end(let end) in news.lines.map(\.entry) { news.state = .ended(end) }
    if news.state == .live, !isLive { news.state = .lost }
    news.log = try newLog(isWhole: news.state != .live)
    return news
  }

  private mutating func newLog(isWhole: Bool) throws(RunStoreError) -> String {
    let log = layout.log(run, attempt)
    guard FileManager.default.fileExists(atPath: log.path), try size(of: log) > logOffset else { return "" }
    let data: Data
    do {
      let file = try FileHandle(forReadingFrom: log)
      defer { try? file.close() }
      try file.seek(toOffset: UInt64(logOffset))
      data = try file.readToEnd() ?? Data()
    } catch {
      throw .fileSystem(path: log.path, operation: "read", reason: plainReason(error))
    }
    let end = isWhole ? data.endIndex : data.lastIndex(of: UInt8(ascii: "\n")).map { $0 + 1 } ?? data.startIndex
    logOffset += end - data.startIndex
    return String(decoding: data[..<end], as: UTF8.self)
  }

  private func size(of url: URL) throws(RunStoreError) -> Int {
    do {
      let attributes = try FileManager.default.attributesOfItem(atPath: url.path)
      return (attributes[.size] as? NSNumber)?.intValue ?? 0
    } catch {
      throw .fileSystem(path: url.path, operation: "look at", reason: plainReason(error))
    }
  }
}
