import GRDB
import GRDBSQLite

/// A statement that is executed again and again with other values.
///
/// It binds them straight to SQLite's statement: collecting them for GRDB first took a good part of ingest. What was
/// bound stays bound.
struct PointStatement {
  private let statement: Statement
  private let db: Database

  init(sql: String, in db: Database) throws {
    self.db = db
    statement = try db.cachedStatement(sql: sql)
  }

  /// Binds to the parameter with this number, from 1.
  func bind(_ parameter: Int32, _ number: Int) throws {
    try check(sqlite3_bind_int64(statement.sqliteStatement, parameter, Int64(number)))
  }

  /// Binds text that is never freed, without a copy.
  func bind(_ parameter: Int32, _ text: StaticString) throws {
    try check(
      UnsafeRawPointer(text.utf8Start).withMemoryRebound(to: CChar.self, capacity: text.utf8CodeUnitCount) { bytes in
        sqlite3_bind_text(statement.sqliteStatement, parameter, bytes, Int32(text.utf8CodeUnitCount), nil)
      })
  }

  func bind(_ parameter: Int32, _ isTrue: Bool) throws {
    try bind(parameter, isTrue ? 1 : 0)
  }

  /// Binds NULL for nil.
  func bind(_ parameter: Int32, _ number: Double?) throws {
    if let number {
      try check(sqlite3_bind_double(statement.sqliteStatement, parameter, number))
    } else {
      try check(sqlite3_bind_null(statement.sqliteStatement, parameter))
    }
  }

  func bind(_ parameter: Int32, _ text: String) throws {
    // SQLite's own mark for text to be copied.
    let copied = unsafeBitCast(-1, to: sqlite3_destructor_type.self)
    var text = text
    try check(
      text.withUTF8 { utf8 in
        utf8.withMemoryRebound(to: CChar.self) { bytes in
          sqlite3_bind_text(statement.sqliteStatement, parameter, bytes.baseAddress, Int32(bytes.count), copied)
        }
      })
  }

  func execute() throws {
    let result = sqlite3_step(statement.sqliteStatement)
    let reset = sqlite3_reset(statement.sqliteStatement)
    try check(result == SQLITE_DONE ? reset : result)
  }

  private func check(_ result: Int32) throws {
    guard result != SQLITE_OK else { return }
    throw DatabaseError(resultCode: ResultCode(rawValue: result), message: db.lastErrorMessage, sql: statement.sql)
  }
}
