import Datasets
import Planning
import RunStore

/// Where the report's numbers come from: code, data, machine, work, commands, and SQL.
struct Provenances {
  private let data: ReportData
  private let runs: [RunEvidence]

  init(_ data: ReportData) {
    self.data = data
    runs = data.plan.runs.compactMap { data.runs[$0.id] }
  }

  private var plan: Plan { data.plan }

  var parts: [ReportPart] {
    ["## Provenance", facts, "Commands that make these numbers and this report:", commands].map(ReportPart.markdown)
      + queries
  }

  private var facts: String {
    let attempts = runs.flatMap(\.attempts)
    let datasets = Set(
      plan.specs.values.map {
        "\(Markdown.escaped($0.data.dataset)), fingerprint \(Markdown.code($0.data.fingerprint))"
      }
    )
    let rows = [
      ("study file", "\(Markdown.code(plan.study.sourcePath)), SHA-256 \(Markdown.code(plan.study.sourceDigest))"),
      ("plan", Markdown.code(plan.id)),
      ("data", datasets.sorted().joined(separator: "; ")),
      (
        "code",
        counted(attempts.map { $0.commit.isEmpty ? "outside version control" : commit($0) })
      ),
      ("executable", counted(attempts.map { "SHA-256 \(Markdown.code($0.binaryDigest))" })),
      ("numerics version", counted(runs.compactMap(\.numerics).map { "\($0)" }, "run")),
      ("toolchain", counted(attempts.map { Markdown.escaped($0.toolchain) })),
      ("libraries", counted(attempts.map(libraries))),
      ("processor", counted(attempts.map { Markdown.escaped($0.cpu) })),
      ("threads a run", counted(attempts.map { "\($0.threads)" })),
      ("latency measured", counted(data.latencies.map(measurement), "network")),
      ("runs", statuses),
      ("compute", compute),
    ]
    return Markdown.table(["what", "value"], numeric: [], rows: rows.map { [$0.0, $0.1.isEmpty ? "–" : $0.1] })
  }

  private func commit(_ attempt: Provenance) -> String {
    Markdown.code(attempt.commit) + (attempt.isDirty ? " with uncommitted changes" : "")
  }

  private func libraries(_ attempt: Provenance) -> String {
    attempt.libraries.sorted { $0.key < $1.key }.map { Markdown.escaped("\($0.key) \($0.value)") }
      .joined(separator: ", ")
  }

  /// Each distinct value once, sorted, with how often it occurs where there are several.
  private func counted(_ values: [String], _ noun: String = "attempt") -> String {
    let counts = Dictionary(values.map { ($0, 1) }, uniquingKeysWith: +).sorted { $0.key < $1.key }
    guard counts.count > 1 else { return counts.first?.key ?? "" }
    return counts.map { "\($0.key) (\(NumberText.counted($0.value, noun)))" }.joined(separator: "; ")
  }

  private func measurement(_ latency: Latency) -> String {
    let machine = latency.provenance
    return "\(Markdown.escaped(machine.cpu)), \(NumberText.counted(machine.threads, "thread")), "
      + "\(NumberText.counted(latency.rounds, "round")) on \(NumberText.day(latency.measuredAt)), code "
      + (machine.commit.isEmpty ? "outside version control" : commit(machine))
      + ", \(Markdown.escaped(machine.toolchain))"
  }

  private var statuses: String {
    let known = runs.map(\.status) + Array(repeating: .planned, count: plan.runs.count - runs.count)
    return RunStatus.allCases.compactMap { status in
      let count = known.count { $0 == status }
      return count == 0 ? nil : "\(count) \(status == .planned ? "not run" : status.rawValue)"
    }.joined(separator: ", ")
  }

  private var compute: String {
    let seconds = runs.compactMap { $0.results["training-seconds"] }
    guard !seconds.isEmpty else { return "" }
    var text =
      "\(NumberText.duration(seconds.reduce(0, +))) of training over "
      + NumberText.counted(seconds.count, "finished run")
    if let bytes = runs.compactMap({ $0.results["peak-memory-bytes"] }).max() {
      text += ", at most \(NumberText.fixed(bytes / 1_048_576, 0)) MiB of memory a run"
    }
    return text
  }

  private var commands: String {
    let arguments = "\(PlainText.neutralized(plan.study.sourcePath)) --profile \(plan.profile.rawValue)"
    return """
      ```sh
      pdp-study run \(arguments)\(data.latencies.isEmpty ? "" : "\n\(PlainText.neutralized(data.benchCommand))")
      pdp-study report \(arguments)
      ```
      """
  }

  private var queries: [ReportPart] {
    var parts: [String] = []
    for element in plan.elements {
      switch element {
      case .table(let table):
        parts.append("SQL behind table \(Markdown.escaped(table.name)), for `pdp-study query`:")
        parts.append(fenced(ReportQuery.table(plan: plan.id, result: table.metric.rawValue)))
      case .claim(let claim):
        parts.append("SQL behind the claim “\(Markdown.escaped(claim.statement))”:")
        parts.append(
          fenced(
            ReportQuery.claim(plan: plan.id, arm: claim.arm, rival: claim.rival, result: claim.metric.rawValue)
          )
        )
      case .text, .figure, .published: continue
      }
    }
    guard !parts.isEmpty else { return [] }
    return [.folded(summary: "SQL behind the tables and claims", markdown: parts)]
  }

  private func fenced(_ sql: String) -> String {
    "```sql\n\(PlainText.neutralized(sql, keepingLines: true))\n```"
  }
}
