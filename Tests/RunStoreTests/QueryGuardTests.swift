import Foundation
import RunFixtures
import RunStore
import Testing

/// What a query may do, and that nothing else is done.
@Suite struct QueryGuardTests {
  private let workspace: Workspace
  private let store: RunStore

  init() throws {
    workspace = try Workspace()
    try workspace.journal(try workspace.fixture.run("dense", 0), wholeRun(top1: 0.5))
    store = try RunStore.open(workspace.layout)
  }

  private static let onlyReads = "; a query only reads"
  private static let expected = "expected SELECT, WITH, VALUES, EXPLAIN or a PRAGMA that only tells, got "

  /// FILE stands for a file that is not there.
  private static let refused: [String: String] = [
    "DELETE FROM run": "it would delete from table 'run'" + onlyReads,
    "INSERT INTO study VALUES ('a', '', '', '', '')": "it would insert into table 'study'" + onlyReads,
    "UPDATE run SET status = 'failed'": "it would update table 'run'" + onlyReads,
    "WITH dead AS (SELECT id FROM run) DELETE FROM run WHERE id IN dead":
      "it would delete from table 'run'" + onlyReads,
    "EXPLAIN DROP TABLE run": "it would drop table 'run'" + onlyReads,
    "ATTACH 'FILE' AS other": "it would attach file 'FILE'" + onlyReads,
    "DETACH main": "it would detach database 'main'" + onlyReads,
    "VACUUM": expected + "'VACUUM'",
    "VACUUM INTO 'FILE'": expected + "'VACUUM'",
    "CREATE TABLE x (y)": "it would make table 'x'" + onlyReads,
    "CREATE TEMP TABLE x AS SELECT * FROM run": "it would make temporary table 'x'" + onlyReads,
    "CREATE TEMP VIEW x AS SELECT 1": "it would make temporary view 'x'" + onlyReads,
    "CREATE VIRTUAL TABLE x USING fts5(y)": "it would make virtual table 'x'" + onlyReads,
    "DROP VIEW v_runs": "it would drop view 'v_runs'" + onlyReads,
    "ALTER TABLE run RENAME TO runs": "it would alter table 'run'" + onlyReads,
    "REINDEX paramByKey": "it would reindex 'paramByKey'" + onlyReads,
    "PRAGMA journal_mode = DELETE": "it would carry out pragma 'journal_mode'" + onlyReads,
    "PRAGMA writable_schema = 1": "it would carry out pragma 'writable_schema'" + onlyReads,
    "PRAGMA temp_store_directory = 'FILE'": "it would carry out pragma 'temp_store_directory'" + onlyReads,
    "SELECT load_extension('FILE')": "it would call function 'load_extension'" + onlyReads,
    "SELECT LOAD_EXTENSION('FILE') FROM run": "it would call function 'load_extension'" + onlyReads,
    "BEGIN IMMEDIATE": "it would begin a transaction" + onlyReads,
    "SAVEPOINT x": "it would begin a transaction" + onlyReads,
    "SELECT 1; SELECT 2": "expected exactly one statement",
  ]

  @Test(arguments: refused.keys.sorted()) func whatIsNotReadingIsRefusedByNameAndNotDone(sql: String) throws {
    let file = workspace.layout.root.appending(path: "made.sqlite").path
    let reason = try #require(Self.refused[sql]).replacing("FILE", with: file)
    let before = try FileManager.default.subpathsOfDirectory(atPath: workspace.layout.root.path).sorted()
    #expect(throws: RunStoreError.queryRefused(reason: reason)) {
      try store.query(sql.replacing("FILE", with: file), rowLimit: 10, seconds: 5)
    }
    #expect(try FileManager.default.subpathsOfDirectory(atPath: workspace.layout.root.path).sorted() == before)
    #expect(try store.differencesFromFiles().isEmpty)
  }

  @Test func conditionOfAListingIsHeldToTheSame() {
    #expect(throws: RunStoreError.queryRefused(reason: "it would call function 'load_extension'" + Self.onlyReads)) {
      try store.runs(condition: "load_extension('x') IS NULL")
    }
    #expect(throws: RunStoreError.queryRefused(reason: "expected exactly one statement")) {
      try store.runs(condition: "1); DELETE FROM run WHERE (1")
    }
  }

  @Test(arguments: [
    ("", "empty statement"), ("SELECT colour FROM run", "no such column: colour"),
    ("SELEC 1", "near \"SELEC\": syntax error"),
  ])
  func whatIsNoStatementIsInvalid(sql: String, reason: String) {
    #expect(throws: RunStoreError.queryInvalid(reason: reason)) { try store.query(sql, rowLimit: 10, seconds: 5) }
  }

  @Test(arguments: [
    "SELECT count(*) FROM run",
    "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n LIMIT 3) SELECT * FROM n",
    "VALUES (1)", "EXPLAIN QUERY PLAN SELECT * FROM v_runs", "PRAGMA table_info(run)",
    "SELECT name FROM pragma_table_info('v_runs')", "SELECT key FROM spec, json_each(spec.json)",
    "SELECT DISTINCT arm, upper(method) FROM v_runs ORDER BY random()",
  ])
  func readingIsAllowed(sql: String) throws {
    #expect(try !store.query(sql, rowLimit: 100, seconds: 5).rows.isEmpty)
  }
}
