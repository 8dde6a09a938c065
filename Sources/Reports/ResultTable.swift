import Planning
import RunStore

/// A table of the report: a row an arm, the published value beside the reproduced one.
struct ResultTable {
  private let data: ReportData
  private let table: Plan.Table
  private let summaries: [ArmSummary]

  init(_ table: Plan.Table, in data: ReportData) {
    self.data = data
    self.table = table
    summaries = data.orderedArms.map { ArmSummary(of: $0, in: data) }
  }

  private var result: String { table.metric.rawValue }

  /// The table, what its columns mean, and the ids of the runs in it.
  var markdown: String {
    let rows = summaries.map(row)
    let header = [
      "configuration", "published \(table.metric.title) (%)", "reproduced \(table.metric.title) (%)", "n",
      "achieved sparsity (%)", "MACs left (%)", "parameters left (%)", "difference (points)", "95 % interval",
      "verdict", "notes",
    ]
    return """
      **Table \(Markdown.escaped(table.name)).** \(explanation)

      \(Markdown.table(header, numeric: [2, 3, 4, 5, 6, 7, 8], rows: rows))

      Runs in this table:

      \(summaries.map(runs).joined(separator: "\n"))
      """
  }

  private var explanation: String {
    var sentences = [
      "Reproduced: mean ± standard deviation over n replicates.",
      "Differences to the dense baseline are taken replicate by replicate, which share initial weights and data order; "
        + "intervals are two-sided, by Student's t.",
    ]
    if hasPublished {
      if summaries.contains(where: { !Comparison(of: $0.arm, in: data).comparable.isEmpty }) {
        sentences.append(
          "Against a published value: reproduced if the interval of the mean lies within "
            + "\(NumberText.fixed(100 * RowVerdict.tolerance, 1)) point around it, differs if it lies wholly outside."
        )
      } else {
        sentences.append(
          "Published values are *not comparable*: these runs use the \(data.plan.profile.rawValue) profile, "
            + "another scale of network, data or training than the publications."
        )
      }
    }
    return sentences.joined(separator: " ")
  }

  private var hasPublished: Bool {
    summaries.contains { !Comparison(of: $0.arm, in: data).published.isEmpty }
  }

  private func row(_ summary: ArmSummary) -> [String] {
    let comparison = Comparison(of: summary.arm, in: data)
    let sample = summary.sample(result)
    let reference = comparison.comparable.first ?? comparison.published.first
    let verdict = RowVerdict(
      sample, planned: summary.planned, started: summary.planned - summary.statuses[.planned, default: 0],
      published: reference.map { $0.top1 / 100 },
      isComparable: !comparison.comparable.isEmpty
    )
    let (difference, interval) = difference(summary, sample, comparison)
    return [
      Markdown.escaped(summary.arm.name),
      published(comparison),
      reproduced(sample),
      sample.count == 1 ? "n=1" : "\(sample.count)",
      percent(summary.sample("weights-pruned-achieved", dividedBy: "weights-prunable")),
      percent(summary.sample("macs-nonzero", dividedBy: "macs-dense")),
      percent(summary.sample("parameters-nonzero", dividedBy: "parameters")),
      difference, interval,
      verdict.description,
      notes(summary, sample),
    ]
  }

  private func published(_ comparison: Comparison) -> String {
    let decimals = data.plan.elements.reduce(1) { most, element in
      guard case .published(let value) = element else { return most }
      let fraction = NumberText.shortest(value.top1).split(separator: ".").dropFirst().first
      return max(most, min(3, fraction?.count ?? 0))
    }
    let cells = comparison.published.map { value in
      let number = "\(NumberText.fixed(value.top1, decimals)) (\(Markdown.source(value.source)))"
      return comparison.comparable.contains(value) ? number : number + " *not comparable*"
    }
    return cells.isEmpty ? "–" : cells.joined(separator: "; ")
  }

  private func reproduced(_ sample: Sample) -> String {
    guard let mean = sample.mean else { return "–" }
    guard let deviation = sample.standardDeviation else { return NumberText.percent(mean) }
    return "\(NumberText.percent(mean)) ± \(NumberText.percent(deviation))"
  }

  private func percent(_ sample: Sample) -> String { sample.mean.map { NumberText.percent($0) } ?? "–" }

  /// Difference to the published value if it may be compared, to the dense baseline otherwise.
  private func difference(
    _ summary: ArmSummary, _ sample: Sample, _ comparison: Comparison
  ) -> (value: String, interval: String) {
    if let published = comparison.comparable.first, sample.count > 0 {
      return cells(Sample(sample.values.map { $0 - published.top1 / 100 }), to: "published")
    }
    guard let baseline = baseline(of: summary) else { return ("–", "–") }
    return cells(PairedDifference(of: summary, minus: baseline, on: result).sample, to: "dense")
  }

  private func cells(_ sample: Sample, to reference: String) -> (value: String, interval: String) {
    guard let mean = sample.mean else { return ("–", "–") }
    return ("\(NumberText.points(mean)) to \(reference)", sample.interval.map { NumberText.points($0) } ?? "n=1")
  }

  /// The dense arm with the same network, data and training.
  private func baseline(of summary: ArmSummary) -> ArmSummary? {
    guard summary.arm.method != Plan.Arm.dense, let spec = data.plan.specs[summary.arm.spec] else { return nil }
    return summaries.first { candidate in
      guard candidate.arm.method == Plan.Arm.dense, let other = data.plan.specs[candidate.arm.spec] else {
        return false
      }
      return other.model == spec.model && other.data == spec.data && other.training == spec.training
    }
  }

  private func notes(_ summary: ArmSummary, _ sample: Sample) -> String {
    var notes = RunStatus.allCases.filter { $0 != .succeeded }.compactMap { status in
      summary.statuses[status].map { "\($0) \(status == .planned ? "not run" : status.rawValue)" }
    }
    if sample.count < summary.counted.count {
      notes.append("\(NumberText.counted(summary.counted.count - sample.count, "run")) without \(result)")
    }
    for version in Set(summary.leftOut.compactMap(\.evidence.numerics)).sorted() {
      let count = summary.leftOut.count { $0.evidence.numerics == version }
      notes.append("\(NumberText.counted(count, "run")) of numerics version \(version) left out")
    }
    for run in summary.counted {
      let counts = ["requested", "scheduled", "achieved"].map { run.evidence.results["weights-pruned-\($0)"] }
      guard let requested = counts[0], counts.contains(where: { $0 != requested }) else { continue }
      let printed = counts.map { $0.map { NumberText.shortest($0) } ?? "missing" }
      notes.append(
        "run \(Markdown.escaped(run.evidence.id)) pruned \(printed[2]) weights, scheduled \(printed[1]), "
          + "requested \(printed[0])"
      )
    }
    return notes.joined(separator: "; ")
  }

  private func runs(_ summary: ArmSummary) -> String {
    let runs = data.runs(of: summary.arm).map { run in
      let status = run.evidence.status
      return Markdown.code(run.evidence.id)
        + (status == .succeeded ? "" : " (\(status == .planned ? "not run" : status.rawValue))")
    }
    return "- \(Markdown.escaped(summary.arm.name)): \(runs.isEmpty ? "none" : runs.joined(separator: ", "))"
  }
}

extension Plan.Metric {
  /// How headings call it.
  var title: String {
    switch self {
    case .top1: "top-1"
    }
  }
}
