import GRDB

/// Rows that an SQL query gave.
package struct QueryResult: Equatable, Sendable {
  package var columns: [String]
  package var rows: [[Value]]
  /// Whether there were more rows than the limit allowed.
  package var isCutOff: Bool

  /// One SQL value.
  package enum Value: Equatable, Sendable {
    case null
    case integer(Int64)
    case real(Double)
    case text(String)
    /// Number of bytes of a binary value, which is not printed.
    case blob(bytes: Int)
  }

  package init(columns: [String], rows: [[Value]], isCutOff: Bool) {
    self.columns = columns
    self.rows = rows
    self.isCutOff = isCutOff
  }
}

extension QueryResult.Value {
  init(_ value: DatabaseValue) {
    self =
      switch value.storage {
      case .null: .null
      case .int64(let number): .integer(number)
      case .double(let number): .real(number)
      case .string(let text): .text(text)
      case .blob(let data): .blob(bytes: data.count)
      }
  }
}
