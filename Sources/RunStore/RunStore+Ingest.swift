import Dispatch
import Foundation
import GRDB
import Synchronization

extension RunStore {
  /// Folds what a run's journals hold beyond what is known into the database and returns those lines.
  ///
  /// Doing it again without new lines changes nothing. An attempt that never said how it ended, and whose lock nobody
  /// holds any more, becomes `lost`; where it runs on another machine, whose locks are not seen from here, once its
  /// journal has not changed for `gracePeriod`.
  ///
  /// - Throws: `RunStoreError.journalBroken`, or the database's refusal.
  /// - Cost: one transaction if a journal has grown, and one file size a journal otherwise.
  @discardableResult
  package func ingest(run: String) throws(RunStoreError) -> [JournalLine] {
    let (lines, faults) = try fold(tails(of: [run]))
    if let fault = faults.first { throw fault }
    return lines.flatMap(\.self)
  }

  /// Does so for many runs; an attempt that is over and known to its end costs one look at its journal's size.
  package func ingest(runs: [String]) throws(RunStoreError) {
    if let fault = try fold(batches: tails(of: runs)).first { throw fault }
  }

  /// Ingests the runs that are live as far as is known, so that listings tell the truth about them.
  ///
  /// - Returns: what is wrong with journals that could not be read to their ends; the others are in.
  /// - Throws: the database's refusal.
  package func ingestLiveRuns() throws(RunStoreError) -> [RunStoreError] {
    let live = try read { db in try String.fetchAll(db, sql: "SELECT id FROM run WHERE status = 'running'") }
    return try fold(batches: tails(of: live))
  }

  /// Registers every frozen plan and ingests every run folder.
  ///
  /// Plans go in the order in which they were last used, so that a study's row shows what its newest plan says.
  ///
  /// - Returns: what is wrong with plans and journals that could not be read to their ends; the others are in.
  /// - Throws: the database's refusal.
  @discardableResult
  package func ingestEverything() throws(RunStoreError) -> [RunStoreError] {
    let faults = try register(plansAt: planFiles())
    return try faults + fold(batches: tails(of: layout.runIDs())) + ingestLatencies()
  }

  /// Whether there are plans or journals of which the database knows nothing: it is new, filling it was cut off, or
  /// folders were copied here.
  func lacksFiles() throws(RunStoreError) -> Bool {
    let (plans, journals) = try read { db in
      (
        try String.fetchSet(db, sql: "SELECT id FROM plan"),
        try String.fetchSet(db, sql: "SELECT journal FROM journalCursor")
      )
    }
    let files = try planFiles().map { $0.deletingPathExtension().lastPathComponent }
    guard files.allSatisfy(plans.contains) else { return true }
    let runs = try layout.runIDs()
    let outcome = Mutex<Result<Bool, RunStoreError>>(.success(false))
    let size = 256
    DispatchQueue.concurrentPerform(iterations: (runs.count + size - 1) / size) { [layout] block in
      do throws(RunStoreError) {
        for run in runs[block * size..<min((block + 1) * size, runs.count)] {
          if try Self.hasJournal(of: run, besides: journals, layout) { outcome.withLock { $0 = .success(true) } }
        }
      } catch {
        outcome.withLock { $0 = .failure(error) }
      }
    }
    return try outcome.withLock { $0 }.get()
  }

  private static func hasJournal(
    of run: String, besides known: Set<String>, _ layout: ResultsLayout
  ) throws(RunStoreError) -> Bool {
    try layout.attemptNumbers(run).contains { attempt in
      !known.contains(layout.journalName(run, attempt))
        && FileManager.default.fileExists(atPath: layout.journal(run, attempt).path)
    }
  }

  /// Empties the database and fills it from plans and journals.
  ///
  /// - Returns: as `ingestEverything`.
  /// - Throws: `RunStoreError.journalsMissing`, and nothing is emptied then; the database's refusal.
  package func rebuild() throws(RunStoreError) -> [RunStoreError] {
    let missing = try runsWithoutJournals()
    guard missing.isEmpty else { throw .journalsMissing(runs: missing) }
    try write { db in
      for table in Schema.tables.reversed() {
        try db.execute(sql: "DELETE FROM \(table)")
      }
    }
    return try ingestEverything()
  }

  /// Runs that the database knows more about than their folders do, whose journals are gone.
  package func runsWithoutJournals() throws(RunStoreError) -> [String] {
    let journals = try read { db in
      try Row.fetchAll(db, sql: "SELECT run, attempt FROM journalCursor ORDER BY run, attempt")
        .map { (run: $0["run"] as String, attempt: $0["attempt"] as Int) }
    }
    var runs: [String] = []
    for (run, attempt) in journals
    where runs.last != run && !FileManager.default.fileExists(atPath: layout.journal(run, attempt).path) {
      runs.append(run)
    }
    return runs
  }

  private func planFiles() throws(RunStoreError) -> [URL] {
    do {
      let files = try FileManager.default.contentsOfDirectory(
        at: layout.plans, includingPropertiesForKeys: [.contentModificationDateKey]
      )
      return
        try files
        .filter { $0.pathExtension == "json" }
        .map { (try $0.resourceValues(forKeys: [.contentModificationDateKey]).contentModificationDate, $0) }
        .sorted { ($0.0 ?? .distantPast, $0.1.lastPathComponent) < ($1.0 ?? .distantPast, $1.1.lastPathComponent) }
        .map(\.1)
    } catch {
      throw .fileSystem(path: layout.plans.path, operation: "list", reason: plainReason(error))
    }
  }
}
