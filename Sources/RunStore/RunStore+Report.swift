import Foundation
import GRDB
import Planning
import Training

/// Named queries behind `report`.
extension RunStore {
  /// What is known of every run of `plan`, in the plan's order.
  ///
  /// Attempts that were superseded count with their provenance, not with their points.
  package func evidence(for plan: Plan) throws(RunStoreError) -> [RunEvidence] {
    try read { db in try plan.runs.map { try Self.evidence(of: $0, in: db) } }
  }

  private static func evidence(of run: Plan.Run, in db: Database) throws -> RunEvidence {
    let known = try db.cachedStatement(sql: "SELECT status, reason, numerics FROM run WHERE id = ?")
    guard let state = try RunState.fetchOne(known, arguments: [run.id]) else {
      return RunEvidence(id: run.id, status: .planned)
    }
    return RunEvidence(
      id: run.id, status: state.status, reason: state.reason, numerics: state.numerics,
      results: try results(of: run.id, in: db), attempts: try attempts(of: run.id, in: db),
      metrics: try metrics(of: run.id, in: db), layers: try layers(ofSpec: run.spec, in: db),
      layerPoints: try layerPoints(of: run.id, in: db), latency: try latency(of: run.id, in: db)
    )
  }

  /// Finite headline numbers of a run by name.
  static func results(of run: String, in db: Database) throws -> [String: Double] {
    let statement = try db.cachedStatement(
      sql: "SELECT name, value FROM result WHERE run = ? AND kind = 'finite' ORDER BY name"
    )
    var results: [String: Double] = [:]
    for row in try Row.fetchAll(statement, arguments: [run]) {
      let name: String = row["name"]
      results[name] = row["value"]
    }
    return results
  }

  private static func attempts(of run: String, in db: Database) throws -> [Provenance] {
    let statement = try db.cachedStatement(
      sql: """
        SELECT backend, host, threads, codeCommit, isDirty, binaryDigest, toolchain, cpu, libraries
        FROM attempt WHERE run = ? ORDER BY n
        """
    )
    return try Row.fetchAll(statement, arguments: [run]).map { row in
      let libraries: String = row["libraries"]
      return Provenance(
        backend: row["backend"], host: row["host"], threads: row["threads"], commit: row["codeCommit"],
        isDirty: row["isDirty"], binaryDigest: row["binaryDigest"], toolchain: row["toolchain"], cpu: row["cpu"],
        libraries: try JournalCoding.decoder().decode([String: String].self, from: Data(libraries.utf8))
      )
    }
  }

  private static func metrics(of run: String, in db: Database) throws -> [MetricPoint] {
    let statement = try db.cachedStatement(
      sql: """
        SELECT name, split, step, epoch, value, attempt FROM v_metrics
        WHERE run = ? AND kind = 'finite' ORDER BY name, split, step, attempt
        """
    )
    return try Row.fetchAll(statement, arguments: [run]).map { row in
      MetricPoint(
        name: row["name"], split: row["split"], step: row["step"], epoch: row["epoch"], value: row["value"]
      )
    }
  }

  private static func layers(ofSpec spec: String, in db: Database) throws -> [LayerDescription] {
    let statement = try db.cachedStatement(sql: "SELECT * FROM layer WHERE spec = ? ORDER BY position")
    return try Row.fetchAll(statement, arguments: [spec]).map { row in
      let shape: String = row["shape"]
      return LayerDescription(
        index: row["position"], name: row["name"], operation: row["operation"],
        shape: try JournalCoding.decoder().decode([Int].self, from: Data(shape.utf8)), parameters: row["parameters"],
        macs: row["macs"], isPrunable: row["isPrunable"], reason: row["reason"]
      )
    }
  }

  private static func layerPoints(of run: String, in db: Database) throws -> [LayerPoint] {
    let statement = try db.cachedStatement(
      sql: """
        SELECT layer, step, epoch, nonzero, total, threshold, relativeTemperature, maskFlips,
          coalesce(weightNorm, 0) AS weightNorm
        FROM v_layer_stats WHERE run = ? ORDER BY layer, step, attempt
        """
    )
    return try Row.fetchAll(statement, arguments: [run]).map { row in
      LayerPoint(
        index: row["layer"], step: row["step"], epoch: row["epoch"], nonzero: row["nonzero"], total: row["total"],
        threshold: row["threshold"], relativeTemperature: row["relativeTemperature"], maskFlips: row["maskFlips"],
        weightNorm: row["weightNorm"]
      )
    }
  }
}

/// Columns of `run` that a report needs.
private struct RunState: Decodable, FetchableRecord {
  var status: RunStatus
  var reason: String
  var numerics: Int?
}
