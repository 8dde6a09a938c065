import ArgumentParser
import Datasets
import Planning
import RunStore

/// Lists runs.
struct ListCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "list",
    abstract: "Lists runs, newest first.",
    discussion: """
      A condition is SQL over the columns of the view v_runs.

      Example: pdp-study list --study mobilenet-v1 --where "sparsity > 0.9 AND top1 > 0.5"
      """
  )

  private static let columns = [
    "run", "study", "profile", "arm", "replicate", "status", "top1", "sparsity", "started", "reason",
  ]

  @OptionGroup var global: GlobalOptions

  @Option(help: "Only runs of this study.")
  var study: String?

  @Option(help: "Only runs with this status.")
  var status: String?

  @Option(name: .customLong("where"), help: ArgumentHelp("Only runs that fulfil this.", valueName: "condition"))
  var condition: String?

  @Flag(help: "Print JSON.")
  var json = false

  func run() throws {
    let wanted = try status.map { word in
      guard let status = RunStatus(rawValue: word) else {
        let names = RunStatus.allCases.map(\.rawValue)
        let nearest = nearestName(to: word, among: names).map { "did you mean '\($0)'? " } ?? ""
        throw UsageError(
          "status '\(Console.printable(word))' is unknown: \(nearest)expected one of \(names.joined(separator: ", "))")
      }
      return status
    }
    let runs = try global.openStore().runs(study: study, status: wanted, condition: condition)
    let table = TextTable(columns: Self.columns, rows: runs.map(cells))
    Console.output(table.text(json ? .json : .table))
  }

  private func cells(of row: RunRow) -> [TextTable.Cell] {
    // Programs get the numbers as they are, people in percent.
    let share = { (value: Double?) -> TextTable.Cell in
      value.map { .number(json ? "\($0)" : Format.percent($0)) } ?? .empty
    }
    return [
      .text(row.run), .text(row.study), .text(row.profile), row.arm.map { .text($0) } ?? .empty,
      .number("\(row.replicate)"), .text(row.status.rawValue), share(row.top1), share(row.sparsity),
      row.startedAt.map { .text(Format.moment($0)) } ?? .empty, .text(row.reason),
    ]
  }
}
