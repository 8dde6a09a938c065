import Foundation

/// The part of a journal that the database does not know yet.
struct JournalTail: Sendable {
  var run: String
  var attempt: Int
  /// Its name in the database.
  var name: String
  var url: URL
  /// Where it begins.
  var start: JournalCursor
  /// Its length as last seen.
  var bytes: Int
  /// Whether a process of this machine held the attempt's lock before the journal was read.
  var isLocked: Bool
  /// Whether the database does not know yet how the attempt ended.
  var isOpen: Bool
  /// Where the attempt runs; nil as long as the database does not know.
  var machine: MachineID?
  /// Whether the file changed so short a time ago that its writer may be alive on another machine.
  var isFresh: Bool

  /// Whether the attempt may still be going on, with the first line of the tail, which says where if nothing else does.
  func isLive(_ first: JournalLine?) -> Bool {
    isLocked || (isFresh && (machine ?? MachineID(first))?.isAnother == true)
  }

  /// What was read of a tail.
  typealias Outcome = Result<(lines: [JournalLine], end: JournalCursor), RunStoreError>

  static func outcome(of tail: JournalTail) -> Outcome { Result { () throws(RunStoreError) in try tail.read() } }

  private func read() throws(RunStoreError) -> (lines: [JournalLine], end: JournalCursor) {
    let (lines, end, _) = try JournalReader(url: url).lines(after: start)
    if start.seq == 0, let first = lines.first { try check(first) }
    return (lines, end)
  }

  /// A journal begins by saying whose it is.
  private func check(_ first: JournalLine) throws(RunStoreError) {
    guard case .attempt(let start) = first.entry else {
      throw .journalBroken(path: url.path, byte: 0, reason: "expected a line of kind 'attempt' first")
    }
    guard start.run == run, start.attempt == attempt else {
      throw .journalBroken(
        path: url.path, byte: 0, reason: "it belongs to run '\(start.run)', attempt \(start.attempt)"
      )
    }
  }
}
