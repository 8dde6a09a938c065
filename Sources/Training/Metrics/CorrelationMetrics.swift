/// How well predicted scores follow the targets of a set of examples.
package struct CorrelationMetrics: Equatable, Sendable {
  private let scores: [Double]
  private let targets: [Double]

  /// - Precondition: as many scores as targets, and at least one.
  package init(scores: [Double], targets: [Double]) {
    precondition(
      scores.count == targets.count && !targets.isEmpty,
      "CorrelationMetrics: needs as many scores as targets and at least one, got \(scores.count) and \(targets.count)")
    self.scores = scores
    self.targets = targets
  }

  /// Linear correlation, -1...1; 0 if scores or targets are constant, one example included.
  ///
  /// - Note: scipy gives a NaN for constants, with which a run could not be recorded. NaN if a score or target is NaN.
  package var pearson: Double { hasNaN ? .nan : Self.correlation(scores, targets) }

  /// Correlation of the ranks, equal values sharing their average rank; 0 if scores or targets are constant.
  ///
  /// - Note: NaN if a score or target is NaN, which has no rank.
  package var spearman: Double {
    hasNaN ? .nan : Self.correlation(Self.ranks(scores), Self.ranks(targets))
  }

  private var hasNaN: Bool { (scores + targets).contains(where: \.isNaN) }

  private static func correlation(_ first: [Double], _ second: [Double]) -> Double {
    // Constants are told by comparison: a rounded mean would leave them a spread.
    guard Set(first).count > 1, Set(second).count > 1 else { return 0 }
    let (a, b) = (centered(first), centered(second))
    let product = zip(a, b).reduce(0) { $0 + $1.0 * $1.1 }
    // At most 1 in size, which rounding may exceed; NaN stays.
    return product.magnitude > 1 ? product.sign == .plus ? 1 : -1 : product
  }

  /// Differences from the mean, scaled to the length 1.
  private static func centered(_ values: [Double]) -> [Double] {
    let mean = values.reduce(0, +) / Double(values.count)
    let differences = values.map { $0 - mean }
    // Divided by the largest first, so that no square overflows or vanishes.
    let largest = differences.reduce(0) { max($0, $1.magnitude) }
    let scaled = differences.map { $0 / largest }
    let length = scaled.reduce(0) { $0 + $1 * $1 }.squareRoot()
    return scaled.map { $0 / length }
  }

  /// Ranks from 1, equal values sharing their average rank.
  static func ranks(_ values: [Double]) -> [Double] {
    let order = values.indices.sorted { (values[$0], $0) < (values[$1], $1) }
    var ranks = [Double](repeating: 0, count: values.count)
    var start = 0
    while start < order.count {
      var end = start + 1
      while end < order.count, values[order[end]] == values[order[start]] { end += 1 }
      for position in start..<end { ranks[order[position]] = Double(start + 1 + end) / 2 }
      start = end
    }
    return ranks
  }
}
