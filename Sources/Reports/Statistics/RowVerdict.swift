/// What the runs say about a published number.
enum RowVerdict: Equatable, Sendable, CustomStringConvertible {
  case reproduced
  case differs
  case inconclusive
  /// Only some of the planned runs have finished: nothing is scored.
  case partial(finished: Int, planned: Int)
  case notRun
  /// Smaller profile, or other data or network than published: shown, not scored.
  case notComparable
  /// There is no published number to compare with.
  case unscored

  /// Largest difference to a published accuracy that counts as reproduced, as a fraction: one point.
  ///
  /// No source gives it; it is this workspace's convention, fixed before any run and printed with every scored table.
  static let tolerance = 0.01

  /// Verdict on `sample` of `planned` runs, of which `started` were ever started, against `published`, a fraction, nil
  /// if there is none.
  ///
  /// Reproduced if the two-sided 95 % interval of the mean lies within the tolerance around the published value,
  /// differs if it lies wholly outside, inconclusive otherwise, also with a single run.
  init(_ sample: Sample, planned: Int, started: Int, published: Double?, isComparable: Bool) {
    if started == 0 {
      self = .notRun
    } else if sample.count < planned {
      self = .partial(finished: sample.count, planned: planned)
    } else if let published {
      self = isComparable ? Self.score(sample, published) : .notComparable
    } else {
      self = .unscored
    }
  }

  private static func score(_ sample: Sample, _ published: Double) -> RowVerdict {
    guard let interval = sample.interval else { return .inconclusive }
    let accepted = (published - tolerance)...(published + tolerance)
    if accepted.contains(interval.lowerBound) && accepted.contains(interval.upperBound) { return .reproduced }
    return interval.overlaps(accepted) ? .inconclusive : .differs
  }

  var description: String {
    switch self {
    case .reproduced: "reproduced"
    case .differs: "differs"
    case .inconclusive: "inconclusive"
    case .partial(let finished, let planned): "partial \(finished)/\(planned)"
    case .notRun: "not run"
    case .notComparable: "not comparable"
    case .unscored: "–"
    }
  }
}
