import Planning
import Training

extension Plan.Metric {
  /// How headings call it.
  var title: String {
    switch self {
    case .top1: "top-1"
    case .top1Mismatched: "top-1 mismatched"
    case .f1: "F1"
    case .matthews: "Matthews"
    case .pearson: "Pearson"
    case .spearman: "Spearman"
    }
  }

  /// Whether it lies between -1 and 1, and not between 0 and 1.
  var isCorrelation: Bool {
    switch self {
    case .top1, .top1Mismatched, .f1: false
    case .matthews, .pearson, .spearman: true
    }
  }
}

extension Plan {
  /// What the first table shows: the number that figures are about.
  var headline: Metric {
    for case .table(let table) in elements { return table.metric }
    return .top1
  }

  /// How axes call `metric`: top-1 accuracy is plain accuracy where there are no images.
  func title(of metric: Metric) -> String {
    metric == .top1 && !readsText ? "top-1 accuracy" : shortTitle(of: metric)
  }

  /// How columns call `metric`.
  func shortTitle(of metric: Metric) -> String {
    guard readsText else { return metric.title }
    switch metric {
    case .top1: return "accuracy"
    case .top1Mismatched: return "accuracy, mismatched"
    case .f1, .matthews, .pearson, .spearman: return metric.title
    }
  }

  private var readsText: Bool {
    specs.values.contains { spec in
      if case .text = spec.model { true } else { false }
    }
  }
}
