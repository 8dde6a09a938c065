/// What the runs say about a claim.
enum ClaimVerdict: Equatable, Sendable, CustomStringConvertible {
  case holds
  case doesNotHold
  case inconclusive
  case notRun
  /// The arms differ in more than what is compared; what, with both values.
  case notComparable([String])

  /// Verdict on the claim that `difference` exceeds `margin`.
  ///
  /// It holds if the two-sided 95 % interval of the mean difference lies wholly above the margin (a one-sided test at
  /// 2.5 %), does not hold if it lies wholly at or below it, and is open otherwise, also with a single
  /// pair, or with none because every run of an arm has failed or diverged. Nothing is judged where `obstacles` keep the
  /// arms from being compared.
  init(_ difference: PairedDifference, margin: Double, obstacles: [String] = []) {
    guard obstacles.isEmpty else {
      self = .notComparable(obstacles)
      return
    }
    guard difference.sample.count > 0 || difference.hasEnded else {
      self = .notRun
      return
    }
    guard let interval = difference.sample.interval else {
      self = .inconclusive
      return
    }
    if interval.lowerBound > margin {
      self = .holds
    } else if interval.upperBound <= margin {
      self = .doesNotHold
    } else {
      self = .inconclusive
    }
  }

  var description: String {
    switch self {
    case .holds: "holds"
    case .doesNotHold: "does not hold"
    case .inconclusive: "inconclusive"
    case .notRun: "not run"
    case .notComparable(let obstacles): "not comparable: \(obstacles.joined(separator: "; "))"
    }
  }
}
