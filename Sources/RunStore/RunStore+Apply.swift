import Foundation
import GRDB
import Training

/// How each kind of journal line changes the database.
extension RunStore {
  static func apply(_ line: JournalLine, run: String, attempt: Int, in db: Database) throws {
    switch line.entry {
    case .attempt(let start): try apply(start, at: line.time, run: run, attempt: attempt, in: db)
    case .layers(let layers): try apply(layers, run: run, in: db)
    case .metric(let point): try apply(point, at: line.time, run: run, attempt: attempt, in: db)
    case .layer(let point): try apply(point, run: run, attempt: attempt, in: db)
    case .result(let point): try apply(point, run: run, attempt: attempt, in: db)
    case .checkpoint(let record):
      try db.execute(
        sql: """
          INSERT OR REPLACE INTO checkpoint (run, step, attempt, directory, digest, time) VALUES (?, ?, ?, ?, ?, ?)
          """,
        arguments: [run, record.step, attempt, record.directory, record.digest, line.time]
      )
    case .event(let event):
      try db.execute(
        sql: "INSERT INTO event (run, attempt, seq, level, kind, message, time) VALUES (?, ?, ?, ?, ?, ?, ?)",
        arguments: [run, attempt, line.seq, event.level.rawValue, event.kind, event.message, line.time]
      )
    case .beat: break
    case .end(let end): try apply(end, at: line.time, run: run, attempt: attempt, in: db)
    }
    try db.cachedStatement(sql: "UPDATE attempt SET beatAt = ? WHERE run = ? AND n = ?")
      .execute(arguments: [line.time, run, attempt])
  }

  private static func apply(
    _ start: AttemptStart, at time: Double, run: String, attempt: Int, in db: Database
  ) throws {
    try db.execute(
      sql: """
        INSERT OR IGNORE INTO study (slug, title, question, sourcePath, sourceDigest) VALUES (?, ?, '', '', '')
        """,
      arguments: [start.study, start.study]
    )
    try register(start.spec, id: start.specID, in: db)
    try register(
      run: run, study: start.study, spec: start.specID, replicate: start.replicate, seed: start.seed, in: db
    )
    try db.execute(sql: "UPDATE run SET numerics = ? WHERE id = ?", arguments: [start.numerics, run])
    // A new attempt can only start once the one before is over.
    try db.execute(
      sql: """
        UPDATE attempt SET status = 'lost', reason = 'its process ended without a word'
        WHERE run = ? AND n < ? AND status = 'running'
        """,
      arguments: [run, attempt]
    )
    let provenance = start.provenance
    let libraries = try JournalCoding.encoder().encode(provenance.libraries)
    try db.execute(
      sql: """
        INSERT INTO attempt (
          run, n, plan, backend, host, bootID, pid, pidStartTicks, threads, codeCommit, isDirty, binaryDigest,
          toolchain, cpu, libraries, status, startedAt, beatAt
        ) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 'running', ?, ?)
        """,
      arguments: [
        run, attempt, start.plan, provenance.backend, provenance.host, start.process.bootID, start.process.pid,
        start.process.startTicks, provenance.threads, provenance.commit, provenance.isDirty, provenance.binaryDigest,
        provenance.toolchain, provenance.cpu, String(decoding: libraries, as: UTF8.self), time, time,
      ]
    )
  }

  private static func apply(_ layers: [LayerDescription], run: String, in db: Database) throws {
    for layer in layers {
      let shape = "[" + layer.shape.map { "\($0)" }.joined(separator: ", ") + "]"
      try db.execute(
        sql: """
          INSERT OR REPLACE INTO layer
            (spec, position, name, operation, shape, parameters, macs, isPrunable, reason)
          SELECT spec, ?, ?, ?, ?, ?, ?, ?, ? FROM run WHERE id = ?
          """,
        arguments: [
          layer.index, layer.name, layer.operation, shape, layer.parameters, layer.macs, layer.isPrunable,
          layer.reason, run,
        ]
      )
    }
  }

  private static func apply(
    _ point: MetricPoint, at time: Double, run: String, attempt: Int, in db: Database
  ) throws {
    let (value, kind) = sqlNumber(point.value)
    try db.cachedStatement(
      sql: """
        INSERT OR REPLACE INTO metric (run, name, split, step, attempt, epoch, value, kind, time)
        VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
        """
    ).execute(
      arguments: [run, point.name, point.split, point.step, attempt, point.epoch, value, kind, time]
    )
    // The steps of a search are trainings, those of texts are lengths: they say nothing about how far the network got.
    guard ![MetricPoint.searchSplit, MetricPoint.lengthsSplit].contains(point.split) else { return }
    try reached(point.step, run: run, attempt: attempt, in: db)
  }

  private static func apply(_ point: LayerPoint, run: String, attempt: Int, in db: Database) throws {
    try db.cachedStatement(
      sql: """
        INSERT OR REPLACE INTO layerStat (
          run, layer, step, attempt, epoch, nonzero, total, threshold, relativeTemperature, maskFlips, weightNorm
        ) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
        """
    ).execute(
      arguments: [
        run, point.index, point.step, attempt, point.epoch, point.nonzero, point.total,
        point.threshold.flatMap { sqlNumber($0).value }, point.relativeTemperature.flatMap { sqlNumber($0).value },
        point.maskFlips, sqlNumber(point.weightNorm).value,
      ]
    )
    try reached(point.step, run: run, attempt: attempt, in: db)
  }

  private static func apply(_ point: ResultPoint, run: String, attempt: Int, in db: Database) throws {
    let (value, kind) = sqlNumber(point.value)
    try db.execute(
      sql: """
        INSERT INTO result (run, name, attempt, step, selection, value, kind) VALUES (?, ?, ?, ?, 'last', ?, ?)
        ON CONFLICT (run, name) DO UPDATE SET attempt = excluded.attempt, step = excluded.step,
          value = excluded.value, kind = excluded.kind
        WHERE excluded.attempt >= result.attempt
        """,
      arguments: [run, point.name, attempt, point.step, value, kind]
    )
  }

  private static func apply(_ end: AttemptEnd, at time: Double, run: String, attempt: Int, in db: Database) throws {
    try db.execute(
      sql: """
        UPDATE attempt SET status = ?, reason = ?, exitCode = ?, step = ?, weightsDigest = ?, peakMemoryBytes = ?,
          endedAt = ?
        WHERE run = ? AND n = ?
        """,
      arguments: [
        end.status.rawValue, end.reason, end.exitCode, end.step, end.weightsDigest, end.peakMemoryBytes, time, run,
        attempt,
      ]
    )
  }

  /// Notes the first step that an attempt reported on: from there on it supersedes the attempts before it.
  private static func reached(_ step: Int, run: String, attempt: Int, in db: Database) throws {
    try db.cachedStatement(
      sql: """
        UPDATE attempt SET firstStep = ? WHERE run = ? AND n = ? AND (firstStep IS NULL OR firstStep > ?)
        """
    ).execute(arguments: [step, run, attempt, step])
  }

  /// SQLite turns a NaN into NULL without a word, so what it was is kept beside it.
  private static func sqlNumber(_ number: Double) -> (value: Double?, kind: String) {
    if number.isFinite { return (number, "finite") }
    return (nil, number.isNaN ? "nan" : number > 0 ? "+inf" : "-inf")
  }
}
