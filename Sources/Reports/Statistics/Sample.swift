import Foundation

/// Some values of one quantity, a value a replicate.
struct Sample: Equatable, Sendable {
  let values: [Double]

  init(_ values: [Double]) {
    self.values = values
  }

  var count: Int { values.count }

  /// Nil without values.
  var mean: Double? {
    values.isEmpty ? nil : values.reduce(0, +) / Double(values.count)
  }

  /// Sample standard deviation (n - 1 below the root); nil with fewer than two values.
  var standardDeviation: Double? {
    guard let mean, count >= 2 else { return nil }
    let squares = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
    return (squares / Double(count - 1)).squareRoot()
  }

  /// Two-sided 95 % confidence interval of the mean by Student's t; nil with fewer than two values.
  var interval: ClosedRange<Double>? {
    guard let mean, let standardDeviation else { return nil }
    let reach = StudentT.quantile(0.975, degrees: count - 1) * standardDeviation / Double(count).squareRoot()
    return (mean - reach)...(mean + reach)
  }

  /// Middle value, the mean of the two middle ones for an even count; nil without values.
  var median: Double? { quantile(0.5) }

  /// Value below which a share of `probability` lies, interpolated between neighbours; nil without values.
  func quantile(_ probability: Double) -> Double? {
    guard !values.isEmpty else { return nil }
    let sorted = values.sorted()
    let position = probability * Double(count - 1)
    let lower = Int(position.rounded(.down))
    let upper = min(lower + 1, count - 1)
    return sorted[lower] + (sorted[upper] - sorted[lower]) * (position - Double(lower))
  }
}
