import GRDB

/// Inserts points of one attempt after another into a table, many at a time, which is faster than a statement a row.
struct PointInsertion<Point> {
  /// Rows of one statement.
  private static var batch: Int { 32 }

  private let one: PointStatement
  private let many: PointStatement
  private let ownColumns: Int
  private let bind: (Point, PointStatement, Int32) throws -> Void
  private var waiting: [Point] = []

  /// An insertion of points with values for `columns`, beside `run` and `attempt`.
  ///
  /// `bind` binds a point's values to a statement, from the parameter on that it is given.
  init(
    into table: String, columns: [String], in db: Database,
    bind: @escaping (Point, PointStatement, Int32) throws -> Void
  ) throws {
    self.bind = bind
    ownColumns = columns.count
    func statement(rows: Int) throws -> PointStatement {
      let values = (0..<rows).map { row in
        let own = columns.indices.map { "?\(3 + row * columns.count + $0)" }
        return "(?1, ?2, \(own.joined(separator: ", ")))"
      }
      return try PointStatement(
        sql: """
          INSERT OR REPLACE INTO \(table) (run, attempt, \(columns.joined(separator: ", ")))
          VALUES \(values.joined(separator: ", "))
          """, in: db)
    }
    one = try statement(rows: 1)
    many = try statement(rows: Self.batch)
  }

  /// Begins with the points of an attempt.
  ///
  /// - Precondition: no point of another waits.
  func start(run: String, attempt: Int) throws {
    precondition(waiting.isEmpty, "points of another attempt wait")
    for statement in [one, many] {
      try statement.bind(1, run)
      try statement.bind(2, attempt)
    }
  }

  mutating func append(_ point: Point) throws {
    waiting.append(point)
    guard waiting.count == Self.batch else { return }
    for (row, point) in waiting.enumerated() {
      try bind(point, many, Int32(3 + row * ownColumns))
    }
    try many.execute()
    waiting.removeAll(keepingCapacity: true)
  }

  /// Inserts the points that wait for others.
  mutating func finish() throws {
    for point in waiting {
      try bind(point, one, 3)
      try one.execute()
    }
    waiting.removeAll(keepingCapacity: true)
  }
}
