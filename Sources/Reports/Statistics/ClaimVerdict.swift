/// What the runs say about a claim.
enum ClaimVerdict: String, Equatable, Sendable {
  case holds
  case doesNotHold = "does not hold"
  case inconclusive
  case notRun = "not run"

  /// Verdict on the claim that `difference` exceeds `margin`.
  ///
  /// It holds if the two-sided 95 % interval of the mean difference lies wholly above the margin (a one-sided test at
  /// 2.5 %), does not hold if it lies wholly at or below it, and is open otherwise, also with a single
  /// pair, or with none because every run of an arm has failed or diverged.
  init(_ difference: PairedDifference, margin: Double) {
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
}
