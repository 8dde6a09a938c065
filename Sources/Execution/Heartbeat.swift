import Foundation
import RunStore

/// Keeps a journal moving between facts.
struct Heartbeat {
  /// Seconds between signs of life.
  private static let interval = 5.0

  private let journal: JournalWriter
  private var stepsDone = 0
  private var lastBeat = Date()
  /// Why the journal could not be written, if so.
  private(set) var failure: RunStoreError?

  init(journal: JournalWriter) {
    self.journal = journal
  }

  /// To be called at every step edge; false once the journal cannot be written any more.
  mutating func beat() -> Bool {
    stepsDone += 1
    do throws(RunStoreError) {
      if Date().timeIntervalSince(lastBeat) >= Self.interval {
        lastBeat = Date()
        try journal.append(.beat(Beat(stepsDone: stepsDone)))
      }
      try journal.flushIfDue()
    } catch {
      failure = error
    }
    return failure == nil
  }
}
