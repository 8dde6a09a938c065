import Foundation

/// Student's t distribution.
enum StudentT {
  /// Probability that a t variable with `degrees` degrees of freedom is at most `t`.
  ///
  /// - Precondition: `degrees` >= 1.
  /// - Source: Abramowitz and Stegun, "Handbook of Mathematical Functions", 1964, 26.7.1.
  static func probability(below t: Double, degrees: Int) -> Double {
    precondition(degrees >= 1, "probability(below:degrees:): \(degrees) degrees of freedom, expected at least 1")
    let freedom = Double(degrees)
    let tail = 0.5 * regularizedBeta(freedom / (freedom + t * t), freedom / 2, 0.5)
    return t > 0 ? 1 - tail : tail
  }

  /// The value that a t variable with `degrees` degrees of freedom does not exceed with `probability`.
  ///
  /// - Precondition: `degrees` >= 1, 0 < `probability` < 1.
  /// - Cost: some hundred evaluations of the distribution function: it bisects until no double lies between.
  static func quantile(_ probability: Double, degrees: Int) -> Double {
    precondition(probability > 0 && probability < 1, "quantile: probability \(probability) is not inside 0...1")
    if probability == 0.5 { return 0 }
    // The lower tail keeps its relative precision; the upper one would lose it to the 1.
    let tail = min(probability, 1 - probability)
    var lower = -1.0
    while StudentT.probability(below: lower, degrees: degrees) > tail { lower *= 2 }
    var upper = 0.0
    while true {
      let middle = lower + (upper - lower) / 2
      if middle <= lower || middle >= upper { break }
      if StudentT.probability(below: middle, degrees: degrees) < tail { lower = middle } else { upper = middle }
    }
    return probability < 0.5 ? upper : -upper
  }
}

/// Regularized incomplete beta function I_x(a, b).
///
/// - Source: NIST "Digital Library of Mathematical Functions", 8.17.22 (the continued fraction), evaluated by
///   Lentz's method as modified by Thompson and Barnett 1986.
private func regularizedBeta(_ x: Double, _ a: Double, _ b: Double) -> Double {
  if x <= 0 { return 0 }
  if x >= 1 { return 1 }
  // The fraction converges fast below the mean only; above it the mirrored function is used.
  if x > (a + 1) / (a + b + 2) { return 1 - regularizedBeta(1 - x, b, a) }
  let logarithm = lgamma(a + b) - lgamma(a) - lgamma(b) + a * log(x) + b * log1p(-x)
  return exp(logarithm) / a / betaFraction(x, a, b)
}

/// The continued fraction 1 + d1/(1 + d2/(1 + …)) of the incomplete beta function.
private func betaFraction(_ x: Double, _ a: Double, _ b: Double) -> Double {
  let tiny = 1e-300
  var value = 1.0
  var c = 1.0
  var d = 0.0
  for index in 1...1000 {
    let m = Double(index / 2)
    let coefficient =
      index.isMultiple(of: 2)
      ? m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m))
      : -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1))
    d = 1 + coefficient * d
    d = 1 / (abs(d) < tiny ? tiny : d)
    c = 1 + coefficient / c
    c = abs(c) < tiny ? tiny : c
    let factor = c * d
    value *= factor
    if abs(factor - 1) < 1e-15 { break }
  }
  return value
}
