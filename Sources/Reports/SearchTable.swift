import Planning
import Pruning
import RunStore
import Training

/// The trainings by which methods without a target were brought to one.
struct SearchTable {
  /// One training of one run.
  private struct Trial {
    var number: Int
    var values: [String: Double]
  }

  private let rows: [[String]]
  private let searches: [KnobSearch]

  init(in data: ReportData) {
    var rows: [[String]] = []
    var searches: [KnobSearch] = []
    for arm in data.orderedArms {
      for run in data.runs(of: arm) {
        let trials = Self.trials(in: run.evidence.metrics)
        guard !trials.isEmpty else { continue }
        let pruning = data.plan.specs[arm.spec]?.pruning
        if let search = pruning?.search, !searches.contains(search) { searches.append(search) }
        rows += trials.map { trial in
          let sparsity = trial.values["trial-sparsity"]
          return [
            Markdown.escaped(arm.name), "\(run.replicate)", "\(trial.number)", pruning?.method.knob ?? "–",
            trial.values["trial-knob"].map { NumberText.shortest($0) } ?? "–",
            sparsity.map { NumberText.percent($0) } ?? "–",
            sparsity.map { NumberText.points($0 - arm.sparsity) } ?? "–",
            trial.values["trial-top1"].map { NumberText.percent($0) } ?? "–",
          ]
        }
      }
    }
    self.rows = rows
    self.searches = searches
  }

  /// Nil if no run has searched.
  var markdown: String? {
    guard !rows.isEmpty else { return nil }
    let rules = searches.map {
      "within \(NumberText.shortest(100 * $0.tolerance)) points of the target or \(NumberText.counted($0.trials, "training"))"
    }
    let end = rules.isEmpty ? "" : " A search ends \(rules.joined(separator: ", or "))."
    let header = [
      "configuration", "replicate", "trial", "knob", "value", "sparsity (%)", "off target (points)", "top-1 (%)",
    ]
    return """
      **Search trials.** The sparsity of these methods is an outcome: they were trained again with other values of one \
      knob.\(end) The training closest to the target is the one that counts; its accuracy plays no part.

      \(Markdown.table(header, numeric: [1, 2, 4, 5, 6, 7], rows: rows))
      """
  }

  private static func trials(in metrics: [MetricPoint]) -> [Trial] {
    let points = metrics.filter { $0.split == MetricPoint.searchSplit }
    return Dictionary(grouping: points, by: \.step).sorted { $0.key < $1.key }.map { number, points in
      Trial(number: number, values: Dictionary(points.map { ($0.name, $0.value) }, uniquingKeysWith: { $1 }))
    }
  }
}

extension MethodConfig {
  /// Name of the number that a search changes.
  fileprivate var knob: String {
    switch self {
    case .str, .continuousSparsification: "initial"
    case .softMovement: "penalty"
    default: "–"
    }
  }
}
