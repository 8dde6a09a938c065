import Dispatch
import Synchronization

/// Tails that are read in the background, while those before them are written.
final class JournalReading: Sendable {
  let tails: [JournalTail]
  private let results = Mutex<[JournalTail.Outcome]>([])
  private let group = DispatchGroup()

  init(_ tails: [JournalTail]) {
    self.tails = tails
    DispatchQueue.global().async(group: group) { [self] in
      let outcomes = JournalTail.read(tails)
      results.withLock { $0 = outcomes }
    }
  }

  /// What was read of each tail, once all are read.
  func outcomes() -> [JournalTail.Outcome] {
    group.wait()
    return results.withLock { $0 }
  }
}
