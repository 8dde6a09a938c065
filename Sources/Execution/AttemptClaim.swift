import Foundation
import Glibc
import RunStore

/// The right to work on a run, held by one process at a time.
///
/// An attempt's folder comes into being complete: locked, and with a journal that says whose it is. Two processes that
/// try at once cannot both succeed, since a folder cannot be renamed onto another that is not empty.
struct AttemptClaim {
  let number: Int
  let journal: JournalWriter
  let lock: FileLock

  /// Begins the attempt after the last one.
  ///
  /// - Throws: `RunStoreError.inHand` if another process works on the run.
  static func make(
    run: String, layout: ResultsLayout, start: (_ attempt: Int) -> AttemptStart
  ) throws -> AttemptClaim {
    let last = try layout.attemptNumbers(run).last ?? 0
    if last > 0, FileLock.isHeld(layout.lock(run, last)) {
      throw RunStoreError.inHand(run: run, holder: "another process works on attempt \(last)")
    }
    let number = last + 1
    let draft = layout.attempts(run).appending(
      path: ".draft-\(ProcessInfo.processInfo.processIdentifier)", directoryHint: .isDirectory)
    do {
      try FileManager.default.createDirectory(at: draft, withIntermediateDirectories: true)
    } catch {
      throw layout.fault(error, in: "create the folder", at: draft)
    }
    do {
      let lockFile = draft.appending(path: "live.lock")
      guard let lock = try FileLock.take(lockFile) else {
        throw RunStoreError.inHand(run: run, holder: "another process begins attempt \(number)")
      }
      let identity = start(number)
      try lock.write("\(identity.process.bootID) \(identity.process.pid) \(identity.process.startTicks)\n")
      let journal = try JournalWriter(creating: draft.appending(path: "journal.jsonl"))
      try journal.append(.attempt(identity))
      try journal.flush()
      guard rename(draft.path, layout.attempt(run, number).path) == 0 else {
        throw RunStoreError.inHand(run: run, holder: "another process has begun attempt \(number)")
      }
      journal.moved(to: layout.journal(run, number))
      return AttemptClaim(number: number, journal: journal, lock: lock)
    } catch {
      try FileManager.default.removeItem(at: draft)
      throw error
    }
  }
}
