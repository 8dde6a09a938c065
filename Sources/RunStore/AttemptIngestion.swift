import Foundation
import GRDB
import Training

/// Folds lines of journals into the database, one attempt after another, within one transaction.
struct AttemptIngestion {
  private let db: Database
  private var run = ""
  private var attempt = 0
  private let metrics: PointInsertion<SeriesPoint>
  private let layerStats: PointInsertion<LayerPoint>
  private let results: PointStatement
  private let layers: PointStatement
  /// Metrics of the attempt by name and split: the order of the table's key, in which rows are inserted fastest.
  private var series: [MetricSeries] = []
  private var layerPoints: [LayerPoint] = []
  /// The first step reported on so far: from there on this attempt supersedes those before it.
  private var firstStep: Int?
  private var lastTime: Double?

  private struct MetricSeries {
    var name: String
    var split: String
    var points: [SeriesPoint]
  }

  private struct SeriesPoint {
    var step: Int
    var epoch: Double
    var value: Double
    var time: Double
  }

  init(in db: Database) throws {
    self.db = db
    metrics = try PointInsertion(
      into: "metric", shared: ["run", "attempt", "name", "split"], own: ["step", "epoch", "value", "kind", "time"],
      in: db
    ) { point, statement, first in
      let (value, kind) = Self.sqlNumber(point.value)
      try statement.bind(first, point.step)
      try statement.bind(first + 1, point.epoch)
      try statement.bind(first + 2, value)
      try statement.bind(first + 3, kind)
      try statement.bind(first + 4, point.time)
    }
    layerStats = try PointInsertion(
      into: "layerStat", shared: ["run", "attempt"],
      own: [
        "layer", "step", "epoch", "nonzero", "total", "threshold", "relativeTemperature", "maskFlips", "weightNorm",
      ], in: db
    ) { point, statement, first in
      try statement.bind(first, point.index)
      try statement.bind(first + 1, point.step)
      try statement.bind(first + 2, point.epoch)
      try statement.bind(first + 3, point.nonzero)
      try statement.bind(first + 4, point.total)
      try statement.bind(first + 5, point.threshold.flatMap { Self.sqlNumber($0).value })
      try statement.bind(first + 6, point.relativeTemperature.flatMap { Self.sqlNumber($0).value })
      try statement.bind(first + 7, point.maskFlips)
      try statement.bind(first + 8, Self.sqlNumber(point.weightNorm).value)
    }
    results = try PointStatement(
      sql: """
        INSERT INTO result (run, name, attempt, step, selection, value, kind) VALUES (?, ?, ?, ?, 'last', ?, ?)
        ON CONFLICT (run, name) DO UPDATE SET attempt = excluded.attempt, step = excluded.step,
          value = excluded.value, kind = excluded.kind
        WHERE excluded.attempt >= result.attempt
        """, in: db)
    layers = try PointStatement(
      sql: """
        INSERT OR REPLACE INTO layer
          (spec, position, name, operation, shape, parameters, macs, isPrunable, reason)
        SELECT spec, ?, ?, ?, ?, ?, ?, ?, ? FROM run WHERE id = ?
        """, in: db)
  }

  /// Begins with the lines of an attempt; the one before has been finished.
  mutating func start(run: String, attempt: Int) {
    self.run = run
    self.attempt = attempt
    firstStep = nil
    lastTime = nil
    series.removeAll(keepingCapacity: true)
    layerPoints.removeAll(keepingCapacity: true)
  }

  mutating func apply(_ line: JournalLine) throws {
    switch line.entry {
    case .attempt(let start): try apply(start, at: line.time)
    case .layers(let layers): try apply(layers)
    case .metric(let point): apply(point, at: line.time)
    case .layer(let point): apply(point)
    case .result(let point): try apply(point)
    case .checkpoint(let record):
      try db.executeCached(
        sql: """
          INSERT OR REPLACE INTO checkpoint (run, step, attempt, directory, digest, time) VALUES (?, ?, ?, ?, ?, ?)
          """,
        arguments: [run, record.step, attempt, record.directory, record.digest, line.time]
      )
    case .event(let event):
      try db.executeCached(
        sql: "INSERT INTO event (run, attempt, seq, level, kind, message, time) VALUES (?, ?, ?, ?, ?, ?, ?)",
        arguments: [run, attempt, line.seq, event.level.rawValue, event.kind, event.message, line.time]
      )
    case .beat: break
    case .end(let end): try apply(end, at: line.time)
    }
    lastTime = line.time
  }

  /// Notes what all lines together say of the attempt; to be called after the last one.
  ///
  /// - Throws: a broken constraint if the attempt is not known, for which SQLite was not asked.
  mutating func finish() throws {
    for series in series.sorted(by: { ($0.name, $0.split) < ($1.name, $1.split) }) {
      try metrics.insert(series.points) { statement in
        try bindAttempt(statement)
        try statement.bind(3, series.name)
        try statement.bind(4, series.split)
      }
    }
    try layerStats.insert(layerPoints, bindShared: bindAttempt)
    guard let lastTime else { return }
    try db.cachedStatement(
      sql: """
        UPDATE attempt SET beatAt = ?1, firstStep = min(coalesce(firstStep, ?2), coalesce(?2, firstStep))
        WHERE run = ?3 AND n = ?4
        """
    ).execute(arguments: [lastTime, firstStep, run, attempt])
    guard db.changesCount == 1 else {
      throw DatabaseError(resultCode: .SQLITE_CONSTRAINT, message: "its attempt is unknown")
    }
  }

  private func bindAttempt(_ statement: PointStatement) throws {
    try statement.bind(1, run)
    try statement.bind(2, attempt)
  }

  private func apply(_ start: AttemptStart, at time: Double) throws {
    try db.executeCached(
      sql: """
        INSERT OR IGNORE INTO study (slug, title, question, sourcePath, sourceDigest) VALUES (?, ?, '', '', '')
        """,
      arguments: [start.study, start.study]
    )
    try RunStore.register(start.spec, id: start.specID, in: db)
    try RunStore.register(
      run: run, study: start.study, spec: start.specID, replicate: start.replicate, seed: start.seed, in: db
    )
    try db.executeCached(sql: "UPDATE run SET numerics = ? WHERE id = ?", arguments: [start.numerics, run])
    // A new attempt can only start once the one before is over.
    try db.executeCached(
      sql: """
        UPDATE attempt SET status = 'lost', reason = 'its process ended without a word'
        WHERE run = ? AND n < ? AND status = 'running'
        """,
      arguments: [run, attempt]
    )
    let provenance = start.provenance
    let libraries = try JournalCoding.encoder().encode(provenance.libraries)
    try db.executeCached(
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

  private func apply(_ descriptions: [LayerDescription]) throws {
    for layer in descriptions {
      try layers.bind(1, layer.index)
      try layers.bind(2, layer.name)
      try layers.bind(3, layer.operation)
      try layers.bind(4, "[" + layer.shape.map { "\($0)" }.joined(separator: ", ") + "]")
      try layers.bind(5, layer.parameters)
      try layers.bind(6, layer.macs)
      try layers.bind(7, layer.isPrunable)
      try layers.bind(8, layer.reason)
      try layers.bind(9, run)
      try layers.execute()
    }
  }

  private mutating func apply(_ point: MetricPoint, at time: Double) {
    let new = SeriesPoint(step: point.step, epoch: point.epoch, value: point.value, time: time)
    if let index = series.firstIndex(where: { $0.name == point.name && $0.split == point.split }) {
      series[index].points.append(new)
    } else {
      series.append(MetricSeries(name: point.name, split: point.split, points: [new]))
    }
    // The steps of a search are trainings, those of texts are lengths: they say nothing about how far the network got.
    guard point.split != MetricPoint.searchSplit, point.split != MetricPoint.lengthsSplit else { return }
    reached(point.step)
  }

  private mutating func apply(_ point: LayerPoint) {
    layerPoints.append(point)
    reached(point.step)
  }

  private func apply(_ point: ResultPoint) throws {
    let (value, kind) = Self.sqlNumber(point.value)
    try results.bind(1, run)
    try results.bind(2, point.name)
    try results.bind(3, attempt)
    try results.bind(4, point.step)
    try results.bind(5, value)
    try results.bind(6, kind)
    try results.execute()
  }

  private func apply(_ end: AttemptEnd, at time: Double) throws {
    try db.executeCached(
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

  private mutating func reached(_ step: Int) {
    firstStep = min(firstStep ?? step, step)
  }

  /// SQLite turns a NaN into NULL without a word, so what it was is kept beside it.
  private static func sqlNumber(_ number: Double) -> (value: Double?, kind: StaticString) {
    if number.isFinite { return (number, "finite") }
    return (nil, number.isNaN ? "nan" : number > 0 ? "+inf" : "-inf")
  }
}
