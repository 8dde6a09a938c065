import Planning
import Pruning
import RunStore
import Training

/// A table of the report: a row an arm, the published value beside the reproduced one.
struct ResultTable {
  private let data: ReportData
  private let table: Plan.Table
  private let summaries: [ArmSummary]
  private let common: Circumstances?

  init(_ table: Plan.Table, in data: ReportData) {
    self.data = data
    self.table = table
    summaries = data.orderedArms.map { ArmSummary(of: $0, in: data) }
    let pruned = data.plan.arms.filter(\.isPruned)
    common = Circumstances.common(
      of: (pruned.isEmpty ? data.plan.arms : pruned).compactMap { Circumstances(of: $0, in: data.plan) })
  }

  private var result: String { table.metric.rawValue }

  /// The table, what its columns mean, and the ids of the runs in it.
  var markdown: String {
    let header = header
    let numeric = Set(header.indices.filter { header[$0].isNumeric })
    return """
      **Table \(Markdown.escaped(table.name)).** \(explanation)

      \(Markdown.table(header.map(\.title), numeric: numeric, rows: summaries.map(row)))

      Runs in this table:

      \(summaries.map(runs).joined(separator: "\n"))
      """
  }

  private var header: [(title: String, isNumeric: Bool)] {
    let metric = data.plan.shortTitle(of: table.metric)
    return [("configuration", false)] + (showsStructure ? [("structure", false)] : [])
      + [
        ("published \(metric) (%)", false), ("reproduced \(metric) (%)", true), ("n", true),
        ("achieved sparsity (%)", true),
      ]
      + (showsTotal ? [("sparsity of all weights (%)", true)] : [])
      + [
        ("MACs left (%)", true), ("parameters left (%)", true), ("difference (points)", true), ("95 % interval", true),
        ("verdict", false), ("notes", false),
      ]
  }

  /// Whether the arms have several structures.
  private var showsStructure: Bool { Set(data.plan.arms.filter(\.isPruned).map(\.structure)).count > 1 }

  /// Whether zeros were counted in all weight tensors, those that are never pruned included.
  private var showsTotal: Bool { summaries.contains { total($0).count > 0 } }

  private func total(_ summary: ArmSummary) -> Sample {
    summary.sample("weights-zero-total", dividedBy: "weights-total")
  }

  private var explanation: String {
    var sentences = [
      "Reproduced: mean ± standard deviation over n replicates.",
      "Differences to the dense baseline are taken replicate by replicate, which share initial weights and data order; "
        + "intervals are two-sided, by Student's t.",
    ]
    if summaries.contains(where: \.prunesChannels) {
      sentences.append(
        "Where channels are pruned, the achieved sparsity is of channels, and MACs and parameters left are those of the "
          + "network without them.")
    }
    if hasPublished {
      if summaries.contains(where: { !Comparison(of: $0.arm, on: table.metric, in: data).comparable.isEmpty }) {
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
    summaries.contains { !Comparison(of: $0.arm, on: table.metric, in: data).published.isEmpty }
  }

  private func row(_ summary: ArmSummary) -> [String] {
    let comparison = Comparison(of: summary.arm, on: table.metric, in: data)
    let sample = summary.sample(result)
    let reference = comparison.comparable.first ?? comparison.published.first
    let verdict = RowVerdict(
      sample, planned: summary.planned, started: summary.planned - summary.statuses[.planned, default: 0],
      published: reference.map { $0.value / 100 },
      isComparable: !comparison.comparable.isEmpty
    )
    let (difference, interval) = difference(summary, sample, comparison)
    return [Markdown.escaped(summary.arm.name)]
      + (showsStructure ? [summary.arm.isPruned ? Markdown.escaped(summary.arm.structure) : "–"] : [])
      + [
        published(comparison), reproduced(sample), sample.count == 1 ? "n=1" : "\(sample.count)",
        percent(summary.achieved),
      ]
      + (showsTotal ? [percent(total(summary))] : [])
      + [
        percent(summary.left("macs-nonzero", shrunk: "macs-shrunk", of: "macs-dense")),
        percent(summary.left("parameters-nonzero", shrunk: "parameters-shrunk", of: "parameters")),
        difference, interval, verdict.description, notes(summary, sample),
      ]
  }

  private func published(_ comparison: Comparison) -> String {
    let decimals = data.plan.elements.reduce(1) { most, element in
      guard case .published(let value) = element else { return most }
      let fraction = NumberText.shortest(value.value).split(separator: ".").dropFirst().first
      return max(most, min(3, fraction?.count ?? 0))
    }
    let isOfSeveral = Set(comparison.published.map(\.dataset)).count > 1
    let cells = comparison.published.map { value in
      let place = isOfSeveral ? " on \(Markdown.escaped(value.dataset))" : ""
      let number = "\(NumberText.fixed(value.value, decimals))\(place) (\(Markdown.source(value.source)))"
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
      return cells(Sample(sample.values.map { $0 - published.value / 100 }), to: "published")
    }
    guard let baseline = baseline(of: summary) else { return ("–", "–") }
    return cells(
      PairedDifference(of: summary, minus: baseline, on: result).sample,
      to: Markdown.escaped(baseline.arm.name))
  }

  private func cells(_ sample: Sample, to reference: String) -> (value: String, interval: String) {
    guard let mean = sample.mean else { return ("–", "–") }
    return ("\(NumberText.points(mean)) to \(reference)", sample.interval.map { NumberText.points($0) } ?? "n=1")
  }

  /// The first dense arm with the same network, data and training.
  private func baseline(of summary: ArmSummary) -> ArmSummary? {
    guard summary.arm.isPruned, let spec = data.plan.specs[summary.arm.spec] else { return nil }
    return summaries.first { candidate in
      guard candidate.arm.method == Plan.Arm.dense, let other = data.plan.specs[candidate.arm.spec] else {
        return false
      }
      // A teacher learns from labels alone.
      var (own, others) = (spec.training, other.training)
      (own.distillation, others.distillation) = (nil, nil)
      return other.model == spec.model && other.data == spec.data && own == others
        && Circumstances.differences(summary, candidate, in: data).isEmpty
    }
  }

  private func notes(_ summary: ArmSummary, _ sample: Sample) -> String {
    var notes = RunStatus.allCases.filter { $0 != .succeeded }.compactMap { status in
      summary.statuses[status].map { "\($0) \(status == .planned ? "not run" : status.rawValue)" }
    }
    if sample.count < summary.counted.count {
      notes.append("\(NumberText.counted(summary.counted.count - sample.count, "run")) without \(result)")
    }
    notes += setting(of: summary)
    for version in Set(summary.leftOut.compactMap(\.evidence.numerics)).sorted() {
      let count = summary.leftOut.count { $0.evidence.numerics == version }
      notes.append("\(NumberText.counted(count, "run")) of numerics version \(version) left out")
    }
    for run in summary.counted where !isEmergent(summary) {
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

  /// What sets the arm apart from the study's other arms, and from what it was to be.
  private func setting(of summary: ArmSummary) -> [String] {
    var notes: [String] = []
    if let common, let own = Circumstances(of: summary.arm, in: data.plan) {
      notes += own.oddities(from: common, isPruned: summary.arm.isPruned)
    }
    if summary.isOffTarget, let achieved = summary.achieved.mean {
      notes.append(
        "sparsity \(NumberText.percent(achieved)) %, asked for \(NumberText.percent(summary.arm.sparsity)) %")
    }
    let trials = summary.sample("search-trials").values
    if let least = trials.min(), let most = trials.max() {
      let range = [least, most].map { NumberText.shortest($0) }
      notes.append("searched in \(least == most ? range[0] : range.joined(separator: " to ")) trainings a run")
    }
    let hasDense = summaries.contains { !$0.arm.isPruned }
    if summary.arm.isPruned, hasDense, baseline(of: summary) == nil {
      notes.append("no dense arm is trained alike")
    }
    return notes
  }

  private func isEmergent(_ summary: ArmSummary) -> Bool {
    data.plan.specs[summary.arm.spec]?.pruning.method.isEmergent ?? false
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
