import Dispatch
import Foundation
import GRDB
import GRDBSQLite

extension RunStore {
  /// Answers one SQL query, which can change nothing, with at most `rowLimit` rows, in at most `seconds`.
  ///
  /// - Throws: `RunStoreError.queryRefused` for anything but one reading statement, `.queryInvalid` for SQL that does
  ///   not compile, `.queryTimedOut`.
  package func query(_ sql: String, rowLimit: Int, seconds: Double) throws(RunStoreError) -> QueryResult {
    try readOnly(seconds: seconds) { db in
      let statement = try Self.statement(sql, in: db)
      let cursor = try Row.fetchCursor(statement)
      var result = QueryResult(columns: statement.columnNames, rows: [], isCutOff: false)
      while let row = try cursor.next() {
        if result.rows.count == rowLimit {
          result.isCutOff = true
          break
        }
        result.rows.append(
          row.databaseValues.map { value in
            switch value.storage {
            case .null: .null
            case .int64(let number): .integer(number)
            case .double(let number): .real(number)
            case .string(let text): .text(text)
            case .blob(let data): .blob(bytes: data.count)
            }
          })
      }
      return result
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

  /// One reading statement.
  static func statement(_ sql: String, in db: Database) throws -> Statement {
    let statement: Statement
    do {
      statement = try db.makeStatement(sql: sql)
    } catch let error as DatabaseError where error.resultCode == .SQLITE_MISUSE {
      throw RunStoreError.queryRefused(reason: "expected exactly one statement")
    }
    // Pragmas count as reading whatever they set, and statements about transactions as changing nothing.
    let word = statement.sql.drop { $0.isWhitespace }.prefix { $0.isLetter }.uppercased()
    guard statement.isReadonly, ["SELECT", "WITH", "VALUES", "EXPLAIN"].contains(word) else {
      throw RunStoreError.queryRefused(
        reason: "expected SELECT, WITH, VALUES or EXPLAIN, got '\(word)'; the database is changed by 'run' alone"
      )
    }
    return statement
  }

  /// Runs `body` on a connection of its own that can neither write nor attach other files, for `seconds` at most.
  func readOnly<T>(seconds: Double, _ body: (Database) throws -> T) throws(RunStoreError) -> T {
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
      return try queue.read(body)
    } catch let error as RunStoreError {
      throw error
    } catch let error as DatabaseError {
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
