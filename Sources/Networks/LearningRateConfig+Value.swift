import Foundation

extension LearningRateConfig {
  /// Learning rate of the update after `step` updates of `total`.
  package func rate(at step: Int, of total: Int, stepsPerEpoch: Int) -> Double {
    switch self {
    case .cosine(let peak, let warmupEpochs):
      Self.cosine(peak: peak, step: Double(step), warmup: warmupEpochs * Double(stepsPerEpoch), total: Double(total))
    }
  }

  /// Linear from 0 to `peak` over `warmup` steps, then half a cosine down to 0 at `total`.
  ///
  /// - Source: Loshchilov, Hutter 2017, arXiv 1608.03983, equation 5, one period.
  package static func cosine(peak: Double, step: Double, warmup: Double, total: Double) -> Double {
    if step < warmup { return peak * step / warmup }
    guard total > warmup else { return 0 }
    let progress = min(1, (step - warmup) / (total - warmup))
    return max(0, peak * 0.5 * (1 + cos(.pi * progress)))
  }
}
