import ArgumentParser
import Foundation
import RunStore

/// Lists runs.
struct ListCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "list",
    abstract: "Lists runs, newest first.",
    discussion: """
      A condition is SQL over the columns of the view v_runs, which can only read; these columns are also those that \
      --columns takes, and '--columns help' lists them. JSON has shares as fractions and moments in seconds since 1970.

      Example: pdp-study list --study mobilenet-v1 --where "sparsity > 0.9 AND top1 > 0.5"
      Example: pdp-study list --status succeeded --columns run,arm,replicate,top1,trainingSeconds
      """
  )

  private static let usualColumns = [
    "run", "study", "profile", "arm", "replicate", "status", "top1", "sparsity", "startedAt", "reason",
  ]
  private static let shares: Set<String> = ["top1", "sparsity", "sparsityAchieved"]
  private static let moments: Set<String> = ["startedAt", "endedAt"]

  @OptionGroup var global: GlobalOptions

  @Option(help: ArgumentHelp("Only runs of this study.", valueName: "name"))
  var study: String?

  @Option(help: ArgumentHelp("Only runs with this status.", valueName: "status"))
  var status: String?

  @Option(name: .customLong("where"), help: ArgumentHelp("Only runs that fulfil this.", valueName: "condition"))
  var condition: String?

  @Option(help: ArgumentHelp("Columns to show, separated by commas; 'help' lists them.", valueName: "names"))
  var columns: String?

  @Flag(help: "Print JSON.")
  var json = false

  func run() throws {
    let wanted = try status.map { word in
      guard let status = RunStatus(rawValue: word) else {
        throw UsageError.unknown("status", word, among: RunStatus.allCases.map(\.rawValue))
      }
      return status
    }
    let store = try global.openStore()
    let known = try store.runColumns()
    if columns == "help" {
      Console.output(known.joined(separator: "\n"))
      return
    }
    let names = try columns.map { try Self.names(in: $0, among: known) } ?? Self.usualColumns
    let result = try store.listing(names, study: study, status: wanted, condition: condition)
    var table = TextTable(result)
    if !json { table.rows = result.rows.map { zip(names, $0).map(Self.readable) } }
    Console.output(table.text(json ? .json : .table))
  }

  private static func names(in text: String, among known: [String]) throws -> [String] {
    let names = text.split(separator: ",", omittingEmptySubsequences: false).map {
      $0.trimmingCharacters(in: .whitespaces)
    }
    for name in names where !known.contains(name) { throw UsageError.unknown("column", name, among: known) }
    return names
  }

  /// Programs get the numbers as they are, people in percent and as dates.
  private static func readable(_ column: String, _ value: QueryResult.Value) -> TextTable.Cell {
    guard case .real(let number) = value else { return TextTable.Cell(value) }
    if shares.contains(column) { return .number(Format.percent(number)) }
    return moments.contains(column) ? .text(Format.moment(number)) : .number(Format.value(number))
  }
}
