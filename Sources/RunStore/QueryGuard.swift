import GRDB
import GRDBSQLite

/// What SQLite asks before it compiles a statement of a user: whether each thing that the statement does is allowed.
///
/// Reading and plain functions are; everything that writes, opens or makes a file, or loads code is not. The first thing
/// refused is kept for the error.
final class QueryGuard {
  /// What was refused, as `it would …`; nil if nothing was.
  private(set) var refusal: String?

  /// Pragmas that tell about the database and set nothing.
  private static let readingPragmas: Set<String> = [
    "collation_list", "compile_options", "database_list", "foreign_key_list", "function_list", "index_info",
    "index_list", "index_xinfo", "module_list", "pragma_list", "table_info", "table_list", "table_xinfo",
  ]
  /// Functions that load code or reach files; the last three are there only in some builds of SQLite.
  private static let refusedFunctions: Set<String> = [
    "load_extension", "fts3_tokenizer", "edit", "readfile", "writefile",
  ]
  private static let schemaTables: Set<String> = ["sqlite_master", "sqlite_temp_master"]

  /// Asks about every statement of `db` from now on, in place of GRDB's own bookkeeping.
  ///
  /// - Precondition: the guard outlives the connection, on which nothing is observed and no transaction is open.
  func install(on db: Database) {
    sqlite3_set_authorizer(
      db.sqliteConnection,
      { context, action, first, second, _, _ in
        guard let context else { return SQLITE_DENY }
        let own = Unmanaged<QueryGuard>.fromOpaque(context).takeUnretainedValue()
        return own.decide(action, first.map { String(cString: $0) }, second.map { String(cString: $0) })
      }, Unmanaged.passUnretained(self).toOpaque())
  }

  private func decide(_ action: CInt, _ first: String?, _ second: String?) -> CInt {
    guard let deed = Self.deed(action, first, second) else { return SQLITE_OK }
    refusal = refusal ?? deed
    return SQLITE_DENY
  }

  /// What a statement would do that it may not; nil if it may.
  private static func deed(_ action: CInt, _ first: String?, _ second: String?) -> String? {
    let name = "'\(first ?? "")'"
    switch action {
    case SQLITE_SELECT, SQLITE_READ, SQLITE_RECURSIVE: return nil
    // Asked before every change to the schema, which names itself next.
    case SQLITE_INSERT where schemaTables.contains(first ?? ""), SQLITE_UPDATE where schemaTables.contains(first ?? ""),
      SQLITE_DELETE where schemaTables.contains(first ?? ""):
      return nil
    case SQLITE_FUNCTION:
      let function = (second ?? "").lowercased()
      return refusedFunctions.contains(function) ? "it would call function '\(function)'" : nil
    case SQLITE_PRAGMA:
      return readingPragmas.contains((first ?? "").lowercased()) ? nil : "it would carry out pragma \(name)"
    case SQLITE_INSERT: return "it would insert into table \(name)"
    case SQLITE_UPDATE: return "it would update table \(name)"
    case SQLITE_DELETE: return "it would delete from table \(name)"
    case SQLITE_ATTACH: return "it would attach file \(name)"
    case SQLITE_DETACH: return "it would detach database \(name)"
    case SQLITE_TRANSACTION, SQLITE_SAVEPOINT: return "it would \((first ?? "begin").lowercased()) a transaction"
    case SQLITE_ALTER_TABLE: return "it would alter table '\(second ?? "")'"
    case SQLITE_REINDEX: return "it would reindex \(name)"
    case SQLITE_ANALYZE: return "it would analyze table \(name)"
    default: return change(action).map { "it would \($0) \(name)" } ?? "it would do what SQLite calls action \(action)"
    }
  }

  /// A change to the schema, without the name of what is made or dropped.
  private static func change(_ action: CInt) -> String? {
    switch action {
    case SQLITE_CREATE_TABLE: "make table"
    case SQLITE_CREATE_TEMP_TABLE: "make temporary table"
    case SQLITE_CREATE_VTABLE: "make virtual table"
    case SQLITE_CREATE_VIEW: "make view"
    case SQLITE_CREATE_TEMP_VIEW: "make temporary view"
    case SQLITE_CREATE_INDEX, SQLITE_CREATE_TEMP_INDEX: "make index"
    case SQLITE_CREATE_TRIGGER, SQLITE_CREATE_TEMP_TRIGGER: "make trigger"
    case SQLITE_DROP_TABLE, SQLITE_DROP_TEMP_TABLE, SQLITE_DROP_VTABLE: "drop table"
    case SQLITE_DROP_VIEW, SQLITE_DROP_TEMP_VIEW: "drop view"
    case SQLITE_DROP_INDEX, SQLITE_DROP_TEMP_INDEX: "drop index"
    case SQLITE_DROP_TRIGGER, SQLITE_DROP_TEMP_TRIGGER: "drop trigger"
    default: nil
    }
  }
}
