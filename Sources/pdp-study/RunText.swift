import Foundation
import RunStore

/// Everything about a run, for people.
struct RunText {
  let details: RunDetails
  let layout: ResultsLayout
  let showsLayers: Bool

  var text: String {
    let overview = RunDocument(details, layout).overview.map(Console.printable).joined(separator: "\n")
    let sections = [
      section(
        "configuration", ["key", "value"],
        details.parameters.map { [.text($0.key), .text($0.type == .case ? "(set)" : $0.text)] }),
      section(
        "attempts", ["n", "status", "started", "took", "threads", "commit", "reason"], details.attempts.map(cells)),
      section(
        "results", ["name", "value"], details.results.map { [.text($0.name), Self.number($0.value, $0.kind)] }),
      section(
        "last metrics", ["name", "split", "step", "value"],
        details.lastMetrics.map {
          [.text($0.name), .text($0.split), .number("\($0.step)"), Self.number($0.value, $0.kind)]
        }),
      showsLayers ? layers : nil,
      section(
        "events", ["attempt", "level", "kind", "message"],
        details.events.map { [.number("\($0.attempt)"), .text($0.level), .text($0.kind), .text($0.message)] }),
    ]
    return ([overview] + sections.compactMap(\.self)).joined(separator: "\n\n")
  }

  /// Points of metrics as a table.
  static func table(of points: [RunDetails.Metric]) -> String {
    TextTable(
      columns: ["name", "split", "step", "epoch", "value"],
      rows: points.map {
        [
          .text($0.name), .text($0.split), .number("\($0.step)"), .number(Format.value($0.epoch)),
          number($0.value, $0.kind),
        ]
      }
    ).text(.table)
  }

  private func cells(of attempt: AttemptRow) -> [TextTable.Cell] {
    [
      .number("\(attempt.n)"), .text(attempt.status.rawValue), .text(Format.moment(attempt.startedAt)),
      .number(Format.duration((attempt.endedAt ?? attempt.beatAt) - attempt.startedAt)), .number("\(attempt.threads)"),
      .text(String(attempt.codeCommit.prefix(12)) + (attempt.isDirty ? "+" : "")), .text(attempt.reason),
    ]
  }

  private var layers: String? {
    section(
      "layers", ["name", "operation", "shape", "parameters", "MACs", "nonzero", "pruning"],
      details.layers.map { layer in
        [
          .text(layer.name), .text(layer.operation), .text(layer.shape), .number("\(layer.parameters)"),
          .number("\(layer.macs)"), layer.nonzero.map { .number("\($0)") } ?? .empty,
          .text(layer.isPrunable ? "prunable" : layer.reason),
        ]
      })
  }

  private func section(_ title: String, _ columns: [String], _ rows: [[TextTable.Cell]]) -> String? {
    guard !rows.isEmpty else { return nil }
    let table = TextTable(columns: columns, rows: rows).text(.table)
    return "\(title)\n" + table.split(separator: "\n").map { "  \($0)" }.joined(separator: "\n")
  }

  private static func number(_ value: Double?, _ kind: String) -> TextTable.Cell {
    .number(value.map(Format.value) ?? kind)
  }
}
