import ArgumentParser
import Foundation
import Planning
import RunStore

/// Shows one run.
struct ShowCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "show",
    abstract: "Shows a run: configuration, attempts, numbers, files, and the command that does it again.",
    discussion: "Example: pdp-study show 3f2a"
  )

  @OptionGroup var global: GlobalOptions

  @Argument(help: ArgumentHelp("Beginning of a run's id.", valueName: "run"))
  var prefix: String

  @Flag(help: "Show the newest attempt's log instead.")
  var log = false

  @Flag(help: "Show every layer.")
  var layers = false

  func run() throws {
    let store = try global.openStore()
    let run = try store.runID(startingWith: prefix)
    let details = try store.details(of: run)
    if log {
      try showLog(details, store.layout)
      return
    }
    Console.output(overview(details, store.layout).map(Console.printable).joined(separator: "\n"))
    section("configuration", details.parameters.map { [.text($0.key), .text($0.text)] }, ["key", "value"])
    section("attempts", details.attempts.map(cells), ["n", "status", "started", "took", "threads", "commit", "reason"])
    section(
      "results", details.results.map { [.text($0.name), .number(value($0.value, $0.kind))] }, ["name", "value"])
    section(
      "last metrics",
      details.lastMetrics.map { metric in
        [
          .text(metric.name), .text(metric.split), .number("\(metric.step)"),
          .number(value(metric.value, metric.kind)),
        ]
      }, ["name", "split", "step", "value"])
    showLayers(details)
    section(
      "events", details.events.map { [.number("\($0.attempt)"), .text($0.level), .text($0.kind), .text($0.message)] },
      ["attempt", "level", "kind", "message"])
  }

  private func overview(_ details: RunDetails, _ layout: ResultsLayout) -> [String] {
    let run = details.run
    var lines = ["run \(run.run): \(run.status.rawValue)" + (run.reason.isEmpty ? "" : ", \(run.reason)")]
    lines.append(
      "study \(run.study), profile \(run.profile), arm \(run.arm ?? "?"), replicate \(run.replicate), seed \(run.seed)")
    lines.append("folder \(layout.run(run.run).path)")
    if let digest = run.weightsDigest { lines.append("weights SHA-256 \(digest)") }
    if let checkpoint = details.checkpoints.last {
      lines.append("newest checkpoint \(layout.checkpoints(run.run).appending(path: checkpoint.directory).path)")
    }
    if let plan = details.plan, let arm = run.arm?.split(separator: ", ").first {
      let path = plan.sourcePath.isEmpty ? plan.study : plan.sourcePath
      lines.append(
        "to do it again: pdp-study run \(path) --profile \(plan.profile) --seeds \(run.replicate) --only arm=\(arm) "
          + "--force")
    }
    if let attempt = details.attempts.last, !attempt.codeCommit.isEmpty {
      lines.append("with the code of commit \(attempt.codeCommit)" + (attempt.isDirty ? " and local changes" : ""))
    }
    return lines
  }

  private func cells(of attempt: AttemptRow) -> [TextTable.Cell] {
    [
      .number("\(attempt.n)"), .text(attempt.status.rawValue), .text(Format.moment(attempt.startedAt)),
      .number(Format.duration((attempt.endedAt ?? attempt.beatAt) - attempt.startedAt)), .number("\(attempt.threads)"),
      .text(String(attempt.codeCommit.prefix(12)) + (attempt.isDirty ? "+" : "")), .text(attempt.reason),
    ]
  }

  private func showLayers(_ details: RunDetails) {
    guard layers else { return }
    let rows = details.layers.map { layer -> [TextTable.Cell] in
      [
        .text(layer.name), .text(layer.operation), .text(layer.shape), .number("\(layer.parameters)"),
        .number("\(layer.macs)"), layer.nonzero.map { .number("\($0)") } ?? .empty,
        .text(layer.isPrunable ? "prunable" : layer.reason),
      ]
    }
    section("layers", rows, ["name", "operation", "shape", "parameters", "MACs", "nonzero", "pruning"])
  }

  private func showLog(_ details: RunDetails, _ layout: ResultsLayout) throws {
    guard let attempt = details.attempts.last else {
      throw UsageError("run '\(details.run.run)' has no log: it was never started")
    }
    let text = try String(contentsOf: layout.log(details.run.run, attempt.n), encoding: .utf8)
    Console.output(text.split(separator: "\n").map { Console.printable(String($0)) }.joined(separator: "\n"))
  }

  private func section(_ title: String, _ rows: [[TextTable.Cell]], _ columns: [String]) {
    guard !rows.isEmpty else { return }
    let table = TextTable(columns: columns, rows: rows).text(.table)
    Console.output("\n\(title)\n" + table.split(separator: "\n").map { "  \($0)" }.joined(separator: "\n"))
  }

  private func value(_ value: Double?, _ kind: String) -> String { value.map(Format.value) ?? kind }
}
