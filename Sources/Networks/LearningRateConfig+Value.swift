import Foundation

extension LearningRateConfig {
  /// Learning rate of the update after `step` updates of `total`.
  package func rate(at step: Int, of total: Int, stepsPerEpoch: Int) -> Double {
    func steps(_ epochs: Double) -> Double { epochs * Double(stepsPerEpoch) }
    let (now, total) = (Double(step), Double(total))
    return switch self {
    case .cosine(let peak, let warmup):
      Self.cosine(peak: peak, step: now, warmup: steps(warmup), total: total)
    case .linear(let peak, let warmup):
      Self.polynomial(peak: peak, step: now, warmup: steps(warmup), total: total, power: 1)
    case .step(let peak, let warmup, let milestones, let factor):
      Self.climb(to: peak, step: now, warmup: steps(warmup))
        ?? peak * pow(factor, Double(milestones.count { steps($0) <= now }))
    case .polynomial(let peak, let warmup, let power):
      Self.polynomial(peak: peak, step: now, warmup: steps(warmup), total: total, power: power)
    }
  }

  /// Linear from 0 to `peak` over `warmup` steps, then half a cosine down to 0 at `total`.
  ///
  /// - Source: Loshchilov, Hutter 2017, arXiv 1608.03983, equation 5, one period.
  package static func cosine(peak: Double, step: Double, warmup: Double, total: Double) -> Double {
    if let rate = climb(to: peak, step: step, warmup: warmup) { return rate }
    guard total > warmup else { return 0 }
    let progress = min(1, (step - warmup) / (total - warmup))
    return max(0, peak * 0.5 * (1 + cos(.pi * progress)))
  }

  /// Linear from 0 to `peak` over `warmup` steps, then down to 0 at `total` as a power of what remains; a straight line
  /// at `power` 1.
  ///
  /// - Precondition: `power` > 0.
  package static func polynomial(
    peak: Double, step: Double, warmup: Double, total: Double, power: Double
  ) -> Double {
    precondition(power > 0, "learning rate: power \(power) is not positive")
    if let rate = climb(to: peak, step: step, warmup: warmup) { return rate }
    guard total > warmup else { return 0 }
    let remaining = max(0, (total - step) / (total - warmup))
    return peak * (power == 1 ? remaining : pow(remaining, power))
  }

  /// The rate within the warm-up; nil behind it.
  private static func climb(to peak: Double, step: Double, warmup: Double) -> Double? {
    step < warmup ? peak * step / warmup : nil
  }
}
