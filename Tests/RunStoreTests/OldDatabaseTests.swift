import Foundation
import GRDB
import RunStore
import Testing

/// Databases that earlier versions wrote are brought up to date with every row kept.
@Suite struct OldDatabaseTests {
  private static let versions = ["v1", "v2", "v3", "v4", "v5"]

  private func database(_ version: String, in layout: ResultsLayout) throws {
    try layout.prepare()
    let script = try #require(
      Bundle.module.url(forResource: "database-\(version)", withExtension: "sql", subdirectory: "Golden"))
    let queue = try DatabaseQueue(path: layout.database.path)
    try queue.writeWithoutTransaction { db in try db.execute(sql: String(contentsOf: script, encoding: .utf8)) }
    try queue.close()
  }

  @Test(arguments: versions) func rowsSurviveTheUpgradeAndTheViewsAnswer(version: String) throws {
    let folder = try TemporaryFolder()
    let layout = ResultsLayout(root: folder.url)
    try database(version, in: layout)
    let before = try counts(layout)
    let store = try RunStore.open(layout)
    let migrations = [
      "v1 runs", "v2 counts of channels", "v3 questions", "v4 layers by step", "v5 latencies", "v6 checks",
    ]
    let steps = migrations.drop { !$0.hasPrefix(version) }.dropFirst().map { "'\($0)'" }.joined(separator: ", ")
    #expect(store.notices == ["the database was brought up to date: \(steps)"])
    #expect(try store.integrityFault() == nil)
    #expect(try store.migrations() == migrations)
    #expect(try counts(layout) == before.merging(["latency": 0, "latencyFile": 0]) { old, _ in old })
    #expect(before["metric"] == 20)
    #expect(before["latency"] ?? 1 == 1)
    #expect(before["layerStat"] == 8)
    #expect(
      try store.query("SELECT step, flips, weights FROM v_mask_churn ORDER BY run, step", rowLimit: 9, seconds: 5).rows
        == [(100, 0), (200, 0), (100, 24), (200, 13)].map { [.integer($0), .integer($1), .integer(280)] })
    for view in try store.views() { _ = try store.query("SELECT * FROM \(view.name)", rowLimit: 9, seconds: 5) }
    #expect(
      try store.query("SELECT arm, method, n, round(meanLostPoints, 3) FROM v_accuracy_lost", rowLimit: 9, seconds: 5)
        .rows == [[.text("pdp-0.9"), .text("pdp"), .integer(1), .real(7.6)]])
    try store.close()
    #expect(try RunStore.open(layout).notices.isEmpty)
  }

  /// The checks of migration v6 say what those of v1 said.
  @Test(arguments: [
    ("1.0", "finite", true), ("NULL", "nan", true), ("NULL", "+inf", true), ("NULL", "-inf", true),
    ("1.0", "nan", false), ("1.0", "+inf", false), ("NULL", "finite", false), ("NULL", "large", false),
    ("1.0", "large", false), ("1.0", "", false),
  ])
  func aValueAndItsKindMustAgree(value: String, kind: String, isAllowed: Bool) throws {
    let folder = try TemporaryFolder()
    let layout = ResultsLayout(root: folder.url)
    try database("v5", in: layout)
    let insertions = [
      "INSERT INTO metric SELECT run, 'new', 'test', 1, n, 1, \(value), '\(kind)', 0 FROM attempt LIMIT 1",
      "INSERT INTO result SELECT run, 'new', n, 1, 'last', \(value), '\(kind)' FROM attempt LIMIT 1",
    ]
    func outcomes() throws -> [Bool] {
      let queue = try DatabaseQueue(path: layout.database.path)
      defer { try? queue.close() }
      return try queue.write { db in
        try insertions.map { insertion in
          do {
            try db.execute(sql: insertion)
          } catch let error as DatabaseError where error.resultCode == .SQLITE_CONSTRAINT {
            return false
          }
          try db.execute(sql: "DELETE FROM metric WHERE name = 'new'; DELETE FROM result WHERE name = 'new'")
          return true
        }
      }
    }
    #expect(try outcomes() == [isAllowed, isAllowed])
    try RunStore.open(layout).close()
    #expect(try outcomes() == [isAllowed, isAllowed])
  }

  @Test func firstStepsThatWereLengthsOfTextsAreTakenAnew() throws {
    let folder = try TemporaryFolder()
    let layout = ResultsLayout(root: folder.url)
    try database("v2", in: layout)
    let old = try DatabaseQueue(path: layout.database.path)
    try old.write { db in
      try db.execute(
        sql: """
          UPDATE attempt SET firstStep = 7;
          INSERT INTO metric SELECT run, 'training-texts', 'lengths', 7, n, 0, 5, 'finite', 0 FROM attempt;
          """)
    }
    try old.close()
    let store = try RunStore.open(layout)
    #expect(
      try store.query("SELECT firstStep FROM attempt", rowLimit: 9, seconds: 5).rows == [
        [.integer(25)], [.integer(25)],
      ])
  }

  @Test func rebuildRefusesToForgetRunsWhoseJournalsAreGone() throws {
    let folder = try TemporaryFolder()
    let layout = ResultsLayout(root: folder.url)
    try database("v2", in: layout)
    let before = try counts(layout)
    let store = try RunStore.open(layout)
    let runs = try store.runsWithoutJournals()
    #expect(runs.count == 2)
    #expect(throws: RunStoreError.journalsMissing(runs: runs)) { _ = try store.rebuild() }
    #expect(try counts(layout) == before.merging(["latency": 0, "latencyFile": 0]) { old, _ in old })
    // What is nowhere else is no difference.
    #expect(try store.differencesFromFiles().isEmpty)
  }

  private func counts(_ layout: ResultsLayout) throws -> [String: Int] {
    var configuration = Configuration()
    configuration.readonly = true
    return try DatabaseQueue(path: layout.database.path, configuration: configuration).read { db in
      var counts: [String: Int] = [:]
      let tables = try String.fetchAll(
        db, sql: "SELECT name FROM sqlite_schema WHERE type = 'table' AND name <> 'grdb_migrations'")
      for table in tables { counts[table] = try Int.fetchOne(db, sql: "SELECT count(*) FROM \(table)") }
      return counts
    }
  }
}
