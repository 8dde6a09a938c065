import Dispatch
import Foundation
import GRDB
import GRDBSQLite

extension RunStore {
  /// Answers one SQL query, which can change nothing, with at most `rowLimit` rows, in at most `seconds`.
  ///
  /// - Throws: `RunStoreError.queryRefused` for anything but one reading statement, with what it would do, `.queryInvalid`
  ///   for SQL that does not compile, `.queryTimedOut`.
  package func query(_ sql: String, rowLimit: Int, seconds: Double) throws(RunStoreError) -> QueryResult {
    try readOnly(seconds: seconds) { db in
      try Self.result(of: Self.statement(sql, in: db), StatementArguments(), rowLimit: rowLimit)
    }
  }

  /// The database's views, the tables meant for people, each with what it tells.
  package func views() throws(RunStoreError) -> [(name: String, description: String)] {
    try read { db in
      try String.fetchAll(db, sql: "SELECT name FROM sqlite_schema WHERE type = 'view' ORDER BY name")
        .map { ($0, Schema.viewDescriptions[$0] ?? "") }
    }
  }

  /// What SQLite's own check finds wrong with the database; nil if it is intact.
  ///
  /// - Cost: reads the whole file.
  package func integrityFault() throws(RunStoreError) -> String? {
    try read { db in
      let findings = try String.fetchAll(db, sql: "PRAGMA integrity_check(1)")
      let orphans = try Row.fetchAll(db, sql: "PRAGMA foreign_key_check").count
      if findings != ["ok"] { return findings.joined(separator: "; ") }
      return orphans == 0 ? nil : "\(orphans) rows refer to others that are missing"
    }
  }

  static func result(
    of statement: Statement, _ arguments: StatementArguments, rowLimit: Int
  ) throws -> QueryResult {
    let cursor = try Row.fetchCursor(statement, arguments: arguments)
    var result = QueryResult(columns: statement.columnNames, rows: [], isCutOff: false)
    while let row = try cursor.next() {
      if result.rows.count == rowLimit {
        result.isCutOff = true
        break
      }
      result.rows.append(row.databaseValues.map(QueryResult.Value.init))
    }
    return result
  }

  /// One reading statement.
  static func statement(_ sql: String, in db: Database) throws -> Statement {
    let statement: Statement
    do {
      statement = try db.makeStatement(sql: sql)
    } catch let error as DatabaseError where error.resultCode == .SQLITE_MISUSE {
      throw RunStoreError.queryRefused(reason: "expected exactly one statement")
    }
    // The guard is not asked about these before they are carried out, or not as what they are.
    let word = statement.sql.drop { $0.isWhitespace }.prefix { $0.isLetter }.uppercased()
    guard statement.isReadonly, ["SELECT", "WITH", "VALUES", "EXPLAIN", "PRAGMA"].contains(word) else {
      throw RunStoreError.queryRefused(
        reason: "expected SELECT, WITH, VALUES, EXPLAIN or a PRAGMA that only tells, got '\(word)'")
    }
    return statement
  }

  /// Runs `body` on a connection of its own that can only read, for `seconds` at most.
  ///
  /// Twice guarded: the connection cannot write, and SQLite asks a `QueryGuard` about everything that a statement does.
  func readOnly<T>(seconds: Double, _ body: (Database) throws -> T) throws(RunStoreError) -> T {
    let rules = QueryGuard()
    do {
      var configuration = Configuration()
      configuration.readonly = true
      configuration.busyMode = .timeout(30)
      configuration.label = "query"
      configuration.prepareDatabase { db in
        // A read-only connection still lets ATTACH open other files.
        sqlite3_limit(db.sqliteConnection, SQLITE_LIMIT_ATTACHED, 0)
      }
      let queue = try DatabaseQueue(path: layout.database.path, configuration: configuration)
      let alarm = DispatchSource.makeTimerSource()
      alarm.setEventHandler { queue.interrupt() }
      // Repeated, for an interrupt between two statements is lost.
      alarm.schedule(deadline: .now() + seconds, repeating: 0.1)
      alarm.resume()
      defer { alarm.cancel() }
      return try queue.unsafeRead { db in
        rules.install(on: db)
        defer { sqlite3_set_authorizer(db.sqliteConnection, nil, nil) }
        return try body(db)
      }
    } catch let error as RunStoreError {
      throw error
    } catch let error as DatabaseError {
      if let refusal = rules.refusal { throw .queryRefused(reason: "\(refusal); a query only reads") }
      switch error.resultCode {
      case .SQLITE_INTERRUPT: throw .queryTimedOut(seconds: seconds)
      case .SQLITE_ERROR, .SQLITE_RANGE: throw .queryInvalid(reason: error.message ?? "\(error.resultCode)")
      case .SQLITE_READONLY: throw .queryRefused(reason: error.message ?? "\(error.resultCode)")
      default: throw Self.translated(error, layout.database)
      }
    } catch {
      throw Self.translated(error, layout.database)
    }
  }
}
