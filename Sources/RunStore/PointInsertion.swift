import GRDB

/// Inserts points into a table, many with a statement, which is faster than a statement a row.
struct PointInsertion<Point> {
  /// Statements that insert 32 rows, 8 or 1.
  private let statements: [(rows: Int, statement: PointStatement)]
  private let shared: Int32
  private let own: Int32
  private let bind: (Point, PointStatement, Int32) throws -> Void

  /// An insertion with values for `shared` columns that many points have in common, and each point's for its `own`.
  ///
  /// `bind` binds a point's own values to a statement, from the parameter on that it is given.
  init(
    into table: String, shared: [String], own: [String], in db: Database,
    bind: @escaping (Point, PointStatement, Int32) throws -> Void
  ) throws {
    self.shared = Int32(shared.count)
    self.own = Int32(own.count)
    self.bind = bind
    statements = try [32, 8, 1].map { rows in
      let values = (0..<rows).map { row in
        let first = 1 + shared.count + row * own.count
        let parameters = Array(1...shared.count) + Array(first..<first + own.count)
        return "(" + parameters.map { "?\($0)" }.joined(separator: ", ") + ")"
      }
      let sql = """
        INSERT OR REPLACE INTO \(table) (\((shared + own).joined(separator: ", ")))
        VALUES \(values.joined(separator: ", "))
        """
      return (rows, try PointStatement(sql: sql, in: db))
    }
  }

  /// Inserts `points`; `bindShared` binds what they have in common, from parameter 1 on.
  func insert(_ points: [Point], bindShared: (PointStatement) throws -> Void) throws {
    var next = 0
    for (rows, statement) in statements where points.count - next >= rows {
      try bindShared(statement)
      while points.count - next >= rows {
        for row in 0..<rows {
          try bind(points[next + row], statement, 1 + shared + Int32(row) * own)
        }
        try statement.execute()
        next += rows
      }
    }
  }
}
