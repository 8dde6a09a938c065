import Foundation
import GRDB
import Training

extension RunStore {
  /// Folds what a run's journals hold beyond what is known into the database and returns those lines.
  ///
  /// Doing it again without new lines changes nothing. An attempt that never said how it ended, and whose lock nobody
  /// holds any more, becomes `lost`.
  ///
  /// - Throws: `RunStoreError.journalBroken`, or the database's refusal.
  /// - Cost: one transaction a journal that has grown, and one file size a journal otherwise.
  @discardableResult
  package func ingest(run: String) throws(RunStoreError) -> [JournalLine] {
    var fresh: [JournalLine] = []
    for attempt in try layout.attemptNumbers(run) {
      fresh += try ingest(run: run, attempt: attempt)
    }
    return fresh
  }

  /// Ingests the runs that are live as far as is known, so that listings tell the truth about them.
  package func ingestLiveRuns() throws(RunStoreError) {
    let live = try read { db in try String.fetchAll(db, sql: "SELECT id FROM run WHERE status = 'running'") }
    for run in live {
      try ingest(run: run)
    }
  }

  /// Registers every frozen plan and ingests every run folder.
  ///
  /// Plans go in the order in which they were last used, so that a study's row shows what its newest plan says.
  ///
  /// - Returns: what is wrong with plans and journals that could not be read to their ends; the others are in.
  /// - Throws: the database's refusal.
  @discardableResult
  package func ingestEverything() throws(RunStoreError) -> [RunStoreError] {
    var faults: [RunStoreError] = []
    func attempt(_ body: () throws(RunStoreError) -> Void) throws(RunStoreError) {
      do {
        try body()
      } catch {
        switch error {
        case .plan, .journalBroken, .fileSystem: faults.append(error)
        default: throw error
        }
      }
    }
    for url in try planFiles() {
      try attempt { () throws(RunStoreError) in try register(planAt: url) }
    }
    for run in try layout.runIDs() {
      try attempt { () throws(RunStoreError) in try ingest(run: run) }
    }
    return faults
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

  private func ingest(run: String, attempt: Int) throws(RunStoreError) -> [JournalLine] {
    let journal = layout.journal(run, attempt)
    guard FileManager.default.fileExists(atPath: journal.path) else { return [] }
    let name = layout.journalName(run, attempt)
    // Asked before reading: a writer that ends in between has its last line read below.
    let isLive = FileLock.isHeld(layout.lock(run, attempt))
    let (start, isOpen) = try read { db in
      (
        try Self.cursor(of: name, in: db) ?? .start,
        try String.fetchOne(
          db, sql: "SELECT status FROM attempt WHERE run = ? AND n = ?", arguments: [run, attempt]
        ).map { $0 == RunStatus.running.rawValue } ?? true
      )
    }
    if !isOpen, try size(of: journal) == start.byteOffset { return [] }
    let (lines, end, _) = try JournalReader(url: journal).lines(after: start)
    guard !lines.isEmpty || (isOpen && !isLive) else { return [] }
    if start.seq == 0 { try check(lines.first, in: journal, run: run, attempt: attempt) }
    try write { db in
      // Another process may have ingested the same lines meanwhile.
      guard try Self.cursor(of: name, in: db) ?? .start == start else { return }
      for line in lines {
        try Self.apply(line, run: run, attempt: attempt, in: db)
      }
      if !isLive { try Self.markLost(run: run, attempt: attempt, in: db) }
      try Self.adoptNewestAttempt(of: run, in: db)
      try db.execute(
        sql: """
          INSERT INTO journalCursor (journal, run, attempt, byteOffset, seq, digest) VALUES (?, ?, ?, ?, ?, ?)
          ON CONFLICT (journal) DO UPDATE SET byteOffset = excluded.byteOffset, seq = excluded.seq,
            digest = excluded.digest
          """,
        arguments: [name, run, attempt, end.byteOffset, end.seq, end.digest]
      )
    }
    return lines
  }

  /// A journal begins by saying whose it is.
  private func check(
    _ first: JournalLine?, in journal: URL, run: String, attempt: Int
  ) throws(RunStoreError) {
    guard let first else { return }
    guard case .attempt(let start) = first.entry else {
      throw .journalBroken(path: journal.path, byte: 0, reason: "expected a line of kind 'attempt' first")
    }
    guard start.run == run, start.attempt == attempt else {
      throw .journalBroken(
        path: journal.path, byte: 0, reason: "it belongs to run '\(start.run)', attempt \(start.attempt)"
      )
    }
  }

  private func size(of url: URL) throws(RunStoreError) -> Int {
    do {
      return try url.resourceValues(forKeys: [.fileSizeKey]).fileSize ?? 0
    } catch {
      throw .fileSystem(path: url.path, operation: "look at", reason: plainReason(error))
    }
  }

  private static func cursor(of journal: String, in db: Database) throws -> JournalCursor? {
    try Row.fetchOne(
      db, sql: "SELECT byteOffset, seq, digest FROM journalCursor WHERE journal = ?", arguments: [journal]
    ).map { JournalCursor(byteOffset: $0["byteOffset"], seq: $0["seq"], digest: $0["digest"]) }
  }

  private static func markLost(run: String, attempt: Int, in db: Database) throws {
    try db.execute(
      sql: """
        UPDATE attempt SET status = 'lost', reason = 'its process ended without a word'
        WHERE run = ? AND n = ? AND status = 'running'
        """,
      arguments: [run, attempt]
    )
  }

  /// A run stands where its newest attempt stands.
  private static func adoptNewestAttempt(of run: String, in db: Database) throws {
    try db.execute(
      sql: """
        UPDATE run SET (status, reason, step, weightsDigest) = (
          SELECT status, reason, coalesce(step, (
            SELECT max(step) FROM checkpoint WHERE checkpoint.run = attempt.run
          )), weightsDigest
          FROM attempt WHERE attempt.run = run.id ORDER BY n DESC LIMIT 1
        )
        WHERE id = ? AND EXISTS (SELECT 1 FROM attempt WHERE attempt.run = run.id)
        """,
      arguments: [run]
    )
  }
}
