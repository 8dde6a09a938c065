import ArgumentParser
import RunStore

/// Answers SQL.
struct QueryCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "query",
    abstract: "Answers an SQL query over everything that was run; it can change nothing.",
    discussion: """
      Example: pdp-study query "SELECT arm, avg(top1) FROM v_runs WHERE status = 'succeeded' GROUP BY arm"
      """
  )

  @OptionGroup var global: GlobalOptions

  @Argument(help: ArgumentHelp("One SELECT statement.", valueName: "sql"))
  var sql: String?

  @Flag(help: "List the views that queries build on, with what each tells.")
  var list = false

  @Option(help: ArgumentHelp("table, md, csv or json.", valueName: "format"))
  var format = TextTable.Format.table

  @Option(help: ArgumentHelp("Most rows to print.", valueName: "rows"))
  var limit = 1000

  @Option(help: ArgumentHelp("Longest time that the query may take.", valueName: "seconds"))
  var timeout = 30.0

  func validate() throws {
    guard list != (sql != nil) else { throw ValidationError("expected one SQL statement, or --list") }
    guard limit > 0, timeout > 0 else { throw ValidationError("--limit and --timeout: expected more than 0") }
  }

  func run() throws {
    let store = try global.openStore()
    guard let sql else {
      let rows = try store.views().map { [TextTable.Cell.text($0.name), .text($0.description)] }
      Console.output(TextTable(columns: ["view", "what it tells"], rows: rows).text(format))
      return
    }
    let result = try store.query(sql, rowLimit: limit, seconds: timeout)
    let rows = result.rows.map { row in
      row.map { value -> TextTable.Cell in
        switch value {
        case .null: .empty
        case .integer(let number): .number("\(number)")
        case .real(let number): .number("\(number)")
        case .text(let text): .text(text)
        case .blob(let bytes): .text("(\(bytes) bytes)")
        }
      }
    }
    Console.output(TextTable(columns: result.columns, rows: rows).text(format))
    if result.isCutOff { Console.diagnostic("note: only the first \(limit) rows are shown; see --limit") }
  }
}

extension TextTable.Format: ExpressibleByArgument {}
