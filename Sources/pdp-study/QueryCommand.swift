import ArgumentParser
import RunStore

/// Answers SQL.
struct QueryCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "query",
    abstract: "Answers an SQL query over everything that was run; it can change nothing.",
    discussion: """
      A query can only read: statements that write, open or make files, set a pragma or load code are refused by name. \
      In CSV, NULL is an empty field and an empty text is "".

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
    Console.output(TextTable(result).text(format))
    if result.isCutOff { Console.note("note: only the first \(limit) rows are shown; see --limit") }
  }
}

extension TextTable.Format: ExpressibleByArgument {}
