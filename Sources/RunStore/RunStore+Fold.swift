import Foundation
import GRDB
import Glibc

/// How the parts of journals that the database does not know yet get into it.
extension RunStore {
  /// About how many bytes of journals one transaction takes in when there are many.
  static let batchBytes = 8 << 20

  /// Seconds without change after which a journal of another machine counts as left by its writer.
  ///
  /// That writes a sign of life every five seconds. Counted by this machine's clock, which delays the verdict if it is
  /// set back.
  private static let gracePeriod = 600.0

  /// What the database knows of an attempt.
  private struct KnownAttempt {
    var isOpen: Bool
    var machine: MachineID
    var cursor: JournalCursor
  }

  /// The journals of `runs`, attempt by attempt, that have grown or whose attempt may have died unnoticed.
  func tails(of runs: [String]) throws(RunStoreError) -> [JournalTail] {
    let known = try knownAttempts(of: runs)
    var tails: [JournalTail] = []
    for run in runs {
      for attempt in try layout.attemptNumbers(run) {
        if let tail = try tail(run: run, attempt: attempt, known) { tails.append(tail) }
      }
    }
    return tails
  }

  private func tail(
    run: String, attempt: Int, _ known: [String: KnownAttempt]
  ) throws(RunStoreError) -> JournalTail? {
    let url = layout.journal(run, attempt)
    guard let file = try sizeAndChange(of: url) else { return nil }
    let name = layout.journalName(run, attempt)
    let known = known[name]
    let start = known?.cursor ?? .start
    if let known, !known.isOpen, file.bytes == start.byteOffset { return nil }
    // The lock is asked for before reading: a writer that ends in between has its last line read below.
    return JournalTail(
      run: run, attempt: attempt, name: name, url: url, start: start, bytes: max(0, file.bytes - start.byteOffset),
      isLocked: FileLock.isHeld(layout.lock(run, attempt)), isOpen: known?.isOpen ?? true, machine: known?.machine,
      isFresh: Date().timeIntervalSince(file.changed) < Self.gracePeriod)
  }

  /// What is known of the attempts at `runs`, and maybe at others, by the names of their journals.
  private func knownAttempts(of runs: [String]) throws(RunStoreError) -> [String: KnownAttempt] {
    try read { db in
      let statement = try db.cachedStatement(
        sql: """
          SELECT attempt.run, attempt.n, status, host, bootID, byteOffset, seq, digest
          FROM attempt JOIN journalCursor ON journalCursor.run = attempt.run AND journalCursor.attempt = attempt.n
          WHERE ?1 IS NULL OR attempt.run = ?1
          """)
      var known: [String: KnownAttempt] = [:]
      let rows = try Row.fetchCursor(statement, arguments: [runs.count == 1 ? runs[0] : nil])
      while let row = try rows.next() {
        known[layout.journalName(row["run"], row["n"])] = KnownAttempt(
          isOpen: row["status"] == RunStatus.running.rawValue, machine: MachineID(row["host"], bootID: row["bootID"]),
          cursor: JournalCursor(byteOffset: row["byteOffset"], seq: row["seq"], digest: row["digest"]))
      }
      return known
    }
  }

  /// Folds many tails in, some at a time: the next are read while some are written.
  ///
  /// - Returns: what is wrong with journals that could not be read to their ends.
  func fold(
    batches tails: [JournalTail], of bytes: Int = batchBytes
  ) throws(RunStoreError) -> [RunStoreError] {
    var faults: [RunStoreError] = []
    try BackgroundReading.run(Self.batches(of: bytes, tails), read: JournalTail.outcome(of:)) {
      (tails, outcomes) throws(RunStoreError) in
      faults += try fold(tails, outcomes).faults
    }
    return faults
  }

  /// `tails` in pieces of at least `size` bytes, with all attempts of a run in one.
  private static func batches(of size: Int, _ tails: [JournalTail]) -> [[JournalTail]] {
    var batches: [[JournalTail]] = []
    var bytes = size
    for tail in tails {
      if bytes >= size, batches.last?.last?.run != tail.run {
        batches.append([])
        bytes = 0
      }
      batches[batches.endIndex - 1].append(tail)
      bytes += tail.bytes
    }
    return batches
  }

  /// Reads tails, on all cores, and writes them in one transaction.
  ///
  /// - Returns: the new lines of each journal that has some, and what is wrong with journals that could not be read to
  ///   their ends: of a run with such a journal, the attempts before it are in.
  func fold(_ tails: [JournalTail]) throws(RunStoreError) -> (lines: [[JournalLine]], faults: [RunStoreError]) {
    try fold(tails, BackgroundReading(tails, read: JournalTail.outcome(of:)).outcomes())
  }

  private func fold(
    _ tails: [JournalTail], _ outcomes: [JournalTail.Outcome]
  ) throws(RunStoreError) -> (lines: [[JournalLine]], faults: [RunStoreError]) {
    var faults: [RunStoreError] = []
    var broken: Set<String> = []
    var fresh: [FreshLines] = []
    for (tail, outcome) in zip(tails, outcomes) where !broken.contains(tail.run) {
      switch outcome {
      case .success(let (lines, end)):
        let isLive = tail.isLive(lines.first)
        if !lines.isEmpty || (tail.isOpen && !isLive) { fresh.append(FreshLines(tail, lines, end, isLive: isLive)) }
      case .failure(let fault):
        faults.append(fault)
        broken.insert(tail.run)
      }
    }
    guard !fresh.isEmpty else { return ([], faults) }
    do {
      try writeUnreferenced { db in
        var ingestion = try AttemptIngestion(in: db)
        for lines in fresh { try Self.fold(lines, by: &ingestion, in: db) }
      }
      return (fresh.map(\.lines), faults)
    } catch {
      guard case .journalBroken = error, fresh.count > 1 else {
        if case .journalBroken = error { return ([], faults + [error]) }
        throw error
      }
    }
    // One of them says what cannot be: the others go in without it.
    var folded: [[JournalLine]] = []
    for lines in fresh where !broken.contains(lines.tail.run) {
      do {
        try writeUnreferenced { db in
          var ingestion = try AttemptIngestion(in: db)
          try Self.fold(lines, by: &ingestion, in: db)
        }
        folded.append(lines.lines)
      } catch {
        guard case .journalBroken = error else { throw error }
        faults.append(error)
        broken.insert(lines.tail.run)
      }
    }
    return (folded, faults)
  }

  /// What a tail turned out to hold.
  private struct FreshLines {
    var tail: JournalTail
    var lines: [JournalLine]
    var end: JournalCursor
    var isLive: Bool

    init(_ tail: JournalTail, _ lines: [JournalLine], _ end: JournalCursor, isLive: Bool) {
      self.tail = tail
      self.lines = lines
      self.end = end
      self.isLive = isLive
    }
  }

  private static func fold(_ fresh: FreshLines, by ingestion: inout AttemptIngestion, in db: Database) throws {
    let tail = fresh.tail
    // Another process may have ingested the same lines meanwhile.
    guard try cursor(of: tail.name, in: db) ?? .start == tail.start else { return }
    do {
      ingestion.start(run: tail.run, attempt: tail.attempt)
      for line in fresh.lines {
        try ingestion.apply(line)
      }
      try ingestion.finish()
    } catch let error as DatabaseError where error.resultCode == .SQLITE_CONSTRAINT {
      throw RunStoreError.journalBroken(
        path: tail.url.path, byte: tail.start.byteOffset,
        reason: "a line behind it, which is as it was written, says what cannot be: \(error.message ?? "")")
    }
    if !fresh.isLive { try markLost(run: tail.run, attempt: tail.attempt, in: db) }
    try adoptNewestAttempt(of: tail.run, in: db)
    try db.executeCached(
      sql: """
        INSERT INTO journalCursor (journal, run, attempt, byteOffset, seq, digest) VALUES (?, ?, ?, ?, ?, ?)
        ON CONFLICT (journal) DO UPDATE SET byteOffset = excluded.byteOffset, seq = excluded.seq,
          digest = excluded.digest
        """,
      arguments: [tail.name, tail.run, tail.attempt, fresh.end.byteOffset, fresh.end.seq, fresh.end.digest])
  }

  /// Nil if there is no such file.
  private func sizeAndChange(of url: URL) throws(RunStoreError) -> (bytes: Int, changed: Date)? {
    var status = stat()
    guard stat(url.path, &status) == 0 else {
      if errno == ENOENT { return nil }
      throw .fileSystem(path: url.path, operation: "look at", reason: String(cString: strerror(errno)).lowercased())
    }
    return (Int(status.st_size), Date(timeIntervalSince1970: Double(status.st_mtim.tv_sec)))
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
