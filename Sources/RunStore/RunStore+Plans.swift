import Datasets
import Foundation
import GRDB
import Networks
import Planning
import Pruning
import Training

extension RunStore {
  /// Makes a frozen plan known: its study, configurations, arms and runs.
  ///
  /// Doing it again changes nothing.
  ///
  /// - Precondition: the plan's file exists.
  /// - Throws: `RunStoreError.plan`, or the database's refusal.
  package func register(planAt url: URL) throws(RunStoreError) {
    let plan = try PreparedPlan(contentsOf: url)
    try write { db in try Self.register(plan, in: db) }
  }

  /// Makes many plans known, in their order, some in a transaction: the next are read while some are written.
  ///
  /// - Returns: what is wrong with plans that could not be read; the others are known.
  /// - Throws: the database's refusal.
  func register(plansAt files: [URL]) throws(RunStoreError) -> [RunStoreError] {
    let size = 32
    let batches = stride(from: 0, to: files.count, by: size).map { Array(files[$0..<min($0 + size, files.count)]) }
    var faults: [RunStoreError] = []
    try BackgroundReading.run(batches, read: PreparedPlan.read) { (_, outcomes) throws(RunStoreError) in
      var plans: [PreparedPlan] = []
      for outcome in outcomes {
        switch outcome {
        case .success(let plan): plans.append(plan)
        case .failure(let fault): faults.append(fault)
        }
      }
      try write { db in
        for plan in plans { try Self.register(plan, in: db) }
      }
    }
    return faults
  }

  private static func register(_ prepared: PreparedPlan, in db: Database) throws {
    let plan = prepared.plan
    try db.executeCached(
      sql: """
        INSERT INTO study (slug, title, question, sourcePath, sourceDigest) VALUES (?, ?, ?, ?, ?)
        ON CONFLICT (slug) DO UPDATE SET title = excluded.title, question = excluded.question,
          sourcePath = excluded.sourcePath, sourceDigest = excluded.sourceDigest
        """,
      arguments: [
        plan.study.slug, plan.study.title, plan.study.question, plan.study.sourcePath, plan.study.sourceDigest,
      ]
    )
    try registerPublished(plan, in: db)
    if try Bool.fetchOne(db, sql: "SELECT 1 FROM plan WHERE id = ?", arguments: [plan.id]) == true { return }
    try db.executeCached(
      sql: "INSERT INTO plan (id, study, profile, vocabulary, json) VALUES (?, ?, ?, ?, ?)",
      arguments: [plan.id, plan.study.slug, plan.profile.rawValue, plan.schema, prepared.text]
    )
    for spec in prepared.specs where try !isKnown(spec: spec.id, in: db) { try insert(spec, in: db) }
    for (position, arm) in plan.arms.enumerated() {
      try db.executeCached(
        sql: "INSERT INTO arm (plan, position, name, spec) VALUES (?, ?, ?, ?)",
        arguments: [plan.id, position, arm.name, arm.spec]
      )
    }
    for (position, run) in plan.runs.enumerated() {
      try register(
        run: run.id, study: plan.study.slug, spec: run.spec, replicate: run.replicate, seed: run.seed, in: db
      )
      try db.executeCached(
        sql: "INSERT INTO planRun (plan, position, run) VALUES (?, ?, ?)", arguments: [plan.id, position, run.id]
      )
    }
  }

  /// Adds a configuration and its parameters unless they are known.
  static func register(_ spec: RunSpec, id: String, in db: Database) throws {
    if try !isKnown(spec: id, in: db) { try insert(PreparedSpec(spec, id: id), in: db) }
  }

  private static func isKnown(spec id: String, in db: Database) throws -> Bool {
    try Bool.fetchOne(db.cachedStatement(sql: "SELECT 1 FROM spec WHERE id = ?"), arguments: [id]) == true
  }

  private static func insert(_ prepared: PreparedSpec, in db: Database) throws {
    let spec = prepared.spec
    try db.executeCached(
      sql: "INSERT OR IGNORE INTO dataset (fingerprint, name) VALUES (?, ?)",
      arguments: [spec.data.fingerprint, spec.data.dataset]
    )
    try db.executeCached(
      sql: """
        INSERT INTO spec (id, profile, dataset, model, method, structure, sparsity, epochs, json)
        VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
        """,
      arguments: [
        prepared.id, spec.profile.rawValue, spec.data.fingerprint, spec.model.name, spec.pruning.method.name,
        spec.pruning.structure.name, spec.pruning.sparsity, spec.training.epochs, prepared.json,
      ]
    )
    let insertion = try PointStatement(
      sql: "INSERT INTO param (spec, key, type, text, number) VALUES (?, ?, ?, ?, ?)", in: db)
    try insertion.bind(1, prepared.id)
    for parameter in prepared.parameters {
      try insertion.bind(2, parameter.key)
      try insertion.bind(3, parameter.type)
      try insertion.bind(4, parameter.text)
      try insertion.bind(5, parameter.number)
      try insertion.execute()
    }
  }

  /// Adds a run unless it is known.
  static func register(
    run: String, study: String, spec: String, replicate: Int, seed: UInt64, in db: Database
  ) throws {
    try db.executeCached(
      sql: "INSERT OR IGNORE INTO run (id, study, spec, replicate, seed) VALUES (?, ?, ?, ?, ?)",
      arguments: [run, study, spec, replicate, Int64(bitPattern: seed)]
    )
  }

  private static func registerPublished(_ plan: Plan, in db: Database) throws {
    try db.executeCached(sql: "DELETE FROM published WHERE study = ?", arguments: [plan.study.slug])
    var position = 0
    for case .published(let cell) in plan.elements {
      try db.executeCached(
        sql: """
          INSERT INTO published
            (study, position, model, dataset, method, structure, sparsity, metric, value, citation, note)
          VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
          """,
        arguments: [
          plan.study.slug, position, cell.model, cell.dataset, cell.method, cell.structure, cell.sparsity,
          cell.shownMetric.rawValue, cell.value, cell.source, cell.note,
        ]
      )
      position += 1
    }
  }
}
