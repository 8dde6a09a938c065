import Foundation
import GRDB

/// Named queries behind `run`, `list` and `show`.
extension RunStore {
  /// Runs, newest start first, never started ones last.
  ///
  /// `condition` is an SQL condition on the columns of `v_runs`, as the user gave it.
  ///
  /// - Throws: `RunStoreError.queryInvalid` or `.queryRefused` for a condition that is not one.
  package func runs(
    study: String? = nil, status: RunStatus? = nil, condition: String? = nil
  ) throws(RunStoreError) -> [RunRow] {
    let (sql, arguments) = Self.listing("*", study, status, condition)
    return try readOnly(seconds: 30) { db in
      try RunRow.fetchAll(Self.statement(sql, in: db), arguments: arguments)
    }
  }

  /// The same with some columns of `v_runs`, as they are.
  ///
  /// - Precondition: `columns` are among `runColumns`.
  /// - Throws: as `runs`.
  package func listing(
    _ columns: [String], study: String?, status: RunStatus?, condition: String?
  ) throws(RunStoreError) -> QueryResult {
    let names = columns.map { "\"\($0)\"" }.joined(separator: ", ")
    let (sql, arguments) = Self.listing(names, study, status, condition)
    return try readOnly(seconds: 30) { db in
      try Self.result(of: Self.statement(sql, in: db), arguments, rowLimit: .max)
    }
  }

  /// Columns of `v_runs`, in its order.
  package func runColumns() throws(RunStoreError) -> [String] {
    try read { db in try db.columns(in: "v_runs").map(\.name) }
  }

  private static func listing(
    _ columns: String, _ study: String?, _ status: RunStatus?, _ condition: String?
  ) -> (sql: String, arguments: StatementArguments) {
    var sql = "SELECT \(columns) FROM v_runs WHERE (?1 IS NULL OR study = ?1) AND (?2 IS NULL OR status = ?2)"
    // The line's end ends a comment in the condition.
    if let condition { sql += " AND (\(condition)\n)" }
    sql += " ORDER BY startedAt IS NULL, startedAt DESC, study, profile, arm, replicate, run"
    return (sql, [study, status?.rawValue])
  }

  /// Status of every run of a plan that the database knows.
  package func standings(of runs: [String]) throws(RunStoreError) -> [String: RunStanding] {
    try read { db in
      let statement = try db.cachedStatement(
        sql: """
          SELECT run.id AS run, run.status, run.reason, run.step,
            (SELECT max(n) FROM attempt WHERE attempt.run = run.id) AS attempt,
            (SELECT pid FROM attempt WHERE attempt.run = run.id ORDER BY n DESC LIMIT 1) AS pid,
            (SELECT CASE WHEN host <> ?1 AND bootID <> ?2 THEN host END FROM attempt
              WHERE attempt.run = run.id ORDER BY n DESC LIMIT 1) AS host
          FROM run WHERE run.id = ?3
          """
      )
      let here = MachineID.current
      var standings: [String: RunStanding] = [:]
      for run in runs {
        standings[run] = try RunStanding.fetchOne(statement, arguments: [here.host, here.bootID, run])
      }
      return standings
    }
  }

  /// Ids of all runs that a frozen plan has.
  package func plannedRuns() throws(RunStoreError) -> Set<String> {
    try read { db in try String.fetchSet(db, sql: "SELECT DISTINCT run FROM planRun") }
  }

  /// Interrupted and lost runs in the order in which they were started, each with the plan that its newest attempt
  /// followed.
  package func unfinishedRuns() throws(RunStoreError) -> [(run: String, plan: String)] {
    try read { db in
      try Row.fetchAll(
        db,
        sql: """
          SELECT run.id AS run, attempt.plan FROM run
          JOIN attempt ON attempt.run = run.id
            AND attempt.n = (SELECT max(n) FROM attempt AS newest WHERE newest.run = run.id)
          WHERE run.status IN ('interrupted', 'lost')
          ORDER BY attempt.startedAt, run.id
          """
      ).map { ($0["run"], $0["plan"]) }
    }
  }

  /// The one run whose id begins with `prefix`.
  ///
  /// - Throws: `RunStoreError.unknownRun` or `.ambiguousRun`.
  package func runID(startingWith prefix: String) throws(RunStoreError) -> String {
    let matches = try read { db in
      try String.fetchAll(
        db, sql: "SELECT id FROM run WHERE substr(id, 1, length(?1)) = ?1 ORDER BY id LIMIT 5", arguments: [prefix]
      )
    }
    guard let match = matches.first, !prefix.isEmpty else { throw .unknownRun(prefix: prefix) }
    guard matches.count == 1 else { throw .ambiguousRun(prefix: prefix, matches: matches) }
    return match
  }

  /// What is known about one run.
  ///
  /// - Throws: `RunStoreError.unknownRun`.
  package func details(of run: String) throws(RunStoreError) -> RunDetails {
    let details: RunDetails? = try read { db in
      guard let row = try RunRow.fetchOne(db, sql: "SELECT * FROM v_runs WHERE run = ?", arguments: [run]) else {
        return nil
      }
      let attempts = try AttemptRow.fetchAll(
        db, sql: "SELECT * FROM attempt WHERE run = ? ORDER BY n", arguments: [run]
      )
      return RunDetails(
        run: row,
        plan: try RunDetails.PlanRow.fetchOne(
          db,
          sql: """
            SELECT plan.id, plan.study, plan.profile, study.sourcePath
            FROM plan JOIN study ON study.slug = plan.study JOIN planRun ON planRun.plan = plan.id
            WHERE planRun.run = ?1
            ORDER BY plan.id = (SELECT plan FROM attempt WHERE run = ?1 ORDER BY n DESC LIMIT 1) DESC, plan.id
            LIMIT 1
            """, arguments: [run]),
        attempts: attempts,
        parameters: try Self.parameters(ofSpec: row.spec, in: db),
        results: try RunDetails.Result.fetchAll(
          db, sql: "SELECT name, step, value, kind FROM result WHERE run = ?", arguments: [run]),
        lastMetrics: try RunDetails.Metric.fetchAll(
          db,
          sql: """
            SELECT name, split, max(step) AS step, epoch, value, kind FROM v_metrics WHERE run = ?
            GROUP BY name, split ORDER BY name, split
            """, arguments: [run]),
        layers: try Self.layers(of: run, spec: row.spec, in: db),
        checkpoints: try RunDetails.Checkpoint.fetchAll(
          db, sql: "SELECT step, attempt, directory FROM checkpoint WHERE run = ? ORDER BY step, attempt",
          arguments: [run]),
        events: try RunDetails.Event.fetchAll(
          db, sql: "SELECT attempt, level, kind, message, time FROM event WHERE run = ? ORDER BY attempt, seq",
          arguments: [run])
      )
    }
    guard let details else { throw .unknownRun(prefix: run) }
    return details
  }

  /// Every metric point of a run that counts.
  package func metrics(of run: String) throws(RunStoreError) -> [RunDetails.Metric] {
    try read { db in
      try RunDetails.Metric.fetchAll(
        db,
        sql: """
          SELECT name, split, step, epoch, value, kind FROM v_metrics WHERE run = ? ORDER BY name, split, step
          """, arguments: [run])
    }
  }

  private static func layers(of run: String, spec: String, in db: Database) throws -> [RunDetails.Layer] {
    try RunDetails.Layer.fetchAll(
      db,
      sql: """
        SELECT layer.*, (
          SELECT nonzero FROM layerStat WHERE layerStat.run = ? AND layerStat.layer = layer.position
          ORDER BY step DESC, attempt DESC LIMIT 1
        ) AS nonzero
        FROM layer WHERE spec = ? ORDER BY position
        """, arguments: [run, spec])
  }
}
