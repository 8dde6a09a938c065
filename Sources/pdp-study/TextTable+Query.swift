import RunStore

extension TextTable {
  /// The rows of a query as they are.
  init(_ result: QueryResult) {
    self.init(columns: result.columns, rows: result.rows.map { $0.map(Cell.init) })
  }
}

extension TextTable.Cell {
  init(_ value: QueryResult.Value) {
    self =
      switch value {
      case .null: .empty
      case .integer(let number): .number("\(number)")
      case .real(let number): .number("\(number)")
      case .text(let text): .text(text)
      case .blob(let bytes): .text("(\(bytes) bytes)")
      }
  }
}
