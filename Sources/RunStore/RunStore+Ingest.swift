import Foundation
import GRDB

extension RunStore {
  /// Folds what a run's journals hold beyond what is known into the database and returns those lines.
  ///
  /// Doing it again without new lines changes nothing. An attempt that never said how it ended, and whose lock nobody
  /// holds any more, becomes `lost`.
  ///
  /// - Throws: `RunStoreError.journalBroken`, or the database's refusal.
  /// - Cost: one transaction if a journal has grown, and one file size a journal otherwise.
  @discardableResult
  package func ingest(run: String) throws(RunStoreError) -> [JournalLine] {
    let (lines, faults) = try fold(tails(of: [run]))
    if let fault = faults.first { throw fault }
    return lines.flatMap(\.self)
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
    var batch: [JournalTail] = []
    var bytes = 0
    for tail in try tails(of: layout.runIDs()) {
      batch.append(tail)
      bytes += tail.bytes
      if bytes >= Self.batchBytes {
        faults += try fold(batch).faults
        batch = []
        bytes = 0
      }
    }
    faults += try fold(batch).faults
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

  /// About how many bytes of journals one transaction takes in when there are many.
  private static let batchBytes = 8 << 20

  /// The journals of `runs`, attempt by attempt, that have grown or whose attempt may have died unnoticed.
  private func tails(of runs: [String]) throws(RunStoreError) -> [JournalTail] {
    var tails: [JournalTail] = []
    for run in runs {
      for attempt in try layout.attemptNumbers(run) {
        if let tail = try tail(run: run, attempt: attempt) { tails.append(tail) }
      }
    }
    return tails
  }

  private func tail(run: String, attempt: Int) throws(RunStoreError) -> JournalTail? {
    let journal = layout.journal(run, attempt)
    guard FileManager.default.fileExists(atPath: journal.path) else { return nil }
    let name = layout.journalName(run, attempt)
    // Asked before reading: a writer that ends in between has its last line read below.
    let isLive = FileLock.isHeld(layout.lock(run, attempt))
    let (start, isOpen) = try read { db in
      (
        try Self.cursor(of: name, in: db) ?? .start,
        try String.fetchOne(
          db.cachedStatement(sql: "SELECT status FROM attempt WHERE run = ? AND n = ?"), arguments: [run, attempt]
        ).map { $0 == RunStatus.running.rawValue } ?? true
      )
    }
    let size = try size(of: journal)
    if !isOpen, size == start.byteOffset { return nil }
    return JournalTail(
      run: run, attempt: attempt, name: name, url: journal, start: start, bytes: max(0, size - start.byteOffset),
      isLive: isLive, isOpen: isOpen)
  }

  /// Reads tails, on all cores, and writes them in one transaction.
  ///
  /// - Returns: the new lines of each journal that has some, and what is wrong with journals that could not be read to their ends: of a run with such
  ///   a journal, the attempts before it are in.
  private func fold(_ tails: [JournalTail]) throws(RunStoreError) -> (lines: [[JournalLine]], faults: [RunStoreError]) {
    var faults: [RunStoreError] = []
    var broken: Set<String> = []
    var fresh: [(tail: JournalTail, lines: [JournalLine], end: JournalCursor)] = []
    for (tail, result) in zip(tails, JournalTail.read(tails)) where !broken.contains(tail.run) {
      switch result {
      case .success(let (lines, end)) where !lines.isEmpty || (tail.isOpen && !tail.isLive):
        fresh.append((tail, lines, end))
      case .success: break
      case .failure(let fault):
        faults.append(fault)
        broken.insert(tail.run)
      }
    }
    guard !fresh.isEmpty else { return ([], faults) }
    try write { db in
      for (tail, lines, end) in fresh {
        // Another process may have ingested the same lines meanwhile.
        guard try Self.cursor(of: tail.name, in: db) ?? .start == tail.start else { continue }
        try Self.fold(lines, of: tail, to: end, in: db)
      }
    }
    return (fresh.map(\.lines), faults)
  }

  private static func fold(
    _ lines: [JournalLine], of tail: JournalTail, to end: JournalCursor, in db: Database
  ) throws {
    var ingestion = try AttemptIngestion(run: tail.run, attempt: tail.attempt, in: db)
    for line in lines {
      try ingestion.apply(line)
    }
    try ingestion.finish()
    if !tail.isLive { try markLost(run: tail.run, attempt: tail.attempt, in: db) }
    try adoptNewestAttempt(of: tail.run, in: db)
    try db.executeCached(
      sql: """
        INSERT INTO journalCursor (journal, run, attempt, byteOffset, seq, digest) VALUES (?, ?, ?, ?, ?, ?)
        ON CONFLICT (journal) DO UPDATE SET byteOffset = excluded.byteOffset, seq = excluded.seq,
          digest = excluded.digest
        """,
      arguments: [tail.name, tail.run, tail.attempt, end.byteOffset, end.seq, end.digest])
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
      db.cachedStatement(sql: "SELECT byteOffset, seq, digest FROM journalCursor WHERE journal = ?"),
      arguments: [journal]
    ).map { JournalCursor(byteOffset: $0["byteOffset"], seq: $0["seq"], digest: $0["digest"]) }
  }

  private static func markLost(run: String, attempt: Int, in db: Database) throws {
    try db.executeCached(
      sql: """
        UPDATE attempt SET status = 'lost', reason = 'its process ended without a word'
        WHERE run = ? AND n = ? AND status = 'running'
        """,
      arguments: [run, attempt])
  }

  /// A run stands where its newest attempt stands.
  private static func adoptNewestAttempt(of run: String, in db: Database) throws {
    try db.executeCached(
      sql: """
        UPDATE run SET (status, reason, step, weightsDigest) = (
          SELECT status, reason, coalesce(step, (
            SELECT max(step) FROM checkpoint WHERE checkpoint.run = attempt.run
          )), weightsDigest
          FROM attempt WHERE attempt.run = run.id ORDER BY n DESC LIMIT 1
        )
        WHERE id = ? AND EXISTS (SELECT 1 FROM attempt WHERE attempt.run = run.id)
        """,
      arguments: [run])
  }
}
