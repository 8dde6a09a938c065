import Planning
import RunStore

/// A row a run of the plan: what came of each, and why some have no numbers.
struct RunTable {
  private let data: ReportData
  private let metrics: [Plan.Metric]

  /// Longest reason that is printed, in characters.
  private static let longestReason = 200

  init(_ data: ReportData) {
    self.data = data
    var metrics: [Plan.Metric] = []
    for case .table(let table) in data.plan.elements where !metrics.contains(table.metric) {
      metrics.append(table.metric)
    }
    self.metrics = metrics.isEmpty ? [data.plan.headline] : metrics
  }

  var parts: [ReportPart] {
    let header =
      ["configuration", "replicate", "seed", "run", "status"]
      + metrics.map { "\(data.plan.shortTitle(of: $0)) (%)" } + ["achieved sparsity (%)", "reason"]
    let numeric = Set([1, 2] + (0...metrics.count).map { 5 + $0 })
    return [
      "## Runs",
      """
      A row a run, in the order of the tables; one that several configurations share stands once. A reason is given \
      where a run has not succeeded.
      """,
      Markdown.table(header, numeric: numeric, rows: rows),
    ].map(ReportPart.markdown)
  }

  private var rows: [[String]] {
    let seeds = Dictionary(data.plan.runs.map { ($0.id, $0.seed) }, uniquingKeysWith: { first, _ in first })
    let sharers = Dictionary(
      data.orderedArms.flatMap { arm in arm.runs.map { ($0, [arm.name]) } }, uniquingKeysWith: +)
    var seen: Set<String> = []
    var rows: [[String]] = []
    for arm in data.orderedArms {
      let summary = ArmSummary(of: arm, in: data)
      for (replicate, run) in data.runs(of: arm) where seen.insert(run.id).inserted {
        let names = sharers[run.id, default: [arm.name]].map { Markdown.escaped($0) }.joined(separator: ", ")
        rows.append(
          [
            names, "\(replicate)", seeds[run.id].map { "\($0)" } ?? "–", Markdown.code(run.id),
            run.status == .planned ? "not run" : run.status.rawValue,
          ]
            + (metrics.map { run.results[$0.rawValue] } + [summary.achieved(by: run)]).map { value in
              value.map { NumberText.percent($0) } ?? "–"
            }
            + [run.status == .succeeded ? "" : reason(of: run)])
      }
    }
    return rows
  }

  private func reason(of run: RunEvidence) -> String {
    let text = run.reason
    return Markdown.escaped(text.count > Self.longestReason ? text.prefix(Self.longestReason) + "…" : text)
  }
}
