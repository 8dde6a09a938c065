import GRDB

extension Database {
  /// Executes one statement, which stays compiled for the next time.
  func executeCached(sql: String, arguments: StatementArguments) throws {
    try cachedStatement(sql: sql).execute(arguments: arguments)
  }
}
