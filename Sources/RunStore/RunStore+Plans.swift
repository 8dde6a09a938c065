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
    let plan: Plan
    let text: String
    do throws(PlanningError) {
      plan = try Plan.read(from: url)
      text = try plan.text
    } catch {
      throw .plan(error)
    }
    try write { db in try Self.register(plan, text: text, in: db) }
  }

  static func register(_ plan: Plan, text: String, in db: Database) throws {
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
      arguments: [plan.id, plan.study.slug, plan.profile.rawValue, plan.schema, text]
    )
    for (id, spec) in plan.specs.sorted(by: { $0.key < $1.key }) {
      try register(spec, id: id, in: db)
    }
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
    if try Bool.fetchOne(db, sql: "SELECT 1 FROM spec WHERE id = ?", arguments: [id]) == true { return }
    try db.executeCached(
      sql: "INSERT OR IGNORE INTO dataset (fingerprint, name) VALUES (?, ?)",
      arguments: [spec.data.fingerprint, spec.data.dataset]
    )
    let data = try JournalCoding.encoder().encode(spec)
    try db.executeCached(
      sql: """
        INSERT INTO spec (id, profile, dataset, model, method, structure, sparsity, epochs, json)
        VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
        """,
      arguments: [
        id, spec.profile.rawValue, spec.data.fingerprint, spec.model.name, spec.pruning.method.name,
        spec.pruning.structure.name, spec.pruning.sparsity, spec.training.epochs, String(decoding: data, as: UTF8.self),
      ]
    )
    for (path, value) in try JournalCoding.decoder().decode(JSONValue.self, from: data).leaves() {
      let (type, text, number): (String, String, Double?) =
        switch value {
        case .boolean(let isTrue): ("boolean", isTrue ? "true" : "false", isTrue ? 1 : 0)
        case .number(let number): ("number", Int(exactly: number).map { "\($0)" } ?? "\(number)", number)
        case .text(let text): ("text", text, nil)
        case .null, .array, .object: ("case", "", nil)
        }
      try db.executeCached(
        sql: "INSERT INTO param (spec, key, type, text, number) VALUES (?, ?, ?, ?, ?)",
        arguments: [id, path, type, text, number]
      )
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
