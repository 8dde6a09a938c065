import RunStore

/// Keeps a journal moving between facts.
struct Heartbeat {
  /// Seconds between signs of life.
  private static let interval = Duration.seconds(5)

  private let journal: JournalWriter
  private var stepsDone = 0
  private var lastBeat = ContinuousClock.now
  /// Why the journal could not be written, if so.
  private(set) var failure: RunStoreError?

  init(journal: JournalWriter) {
    self.journal = journal
  }

  /// To be called at every step edge; false once the journal cannot be written any more.
  mutating func beat() -> Bool {
    stepsDone += 1
    do throws(RunStoreError) {
      // Not by the time of day, which may be set back.
      if .now - lastBeat >= Self.interval {
        lastBeat = .now
        try journal.append(.beat(Beat(stepsDone: stepsDone)))
      }
      try journal.flushIfDue()
    } catch {
      failure = error
    }
    return failure == nil
  }
}
