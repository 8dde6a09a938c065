/// Learning rate as a function of the step.
///
/// Every schedule first climbs linearly from 0 to its peak over the warm-up.
package enum LearningRateConfig: Codable, Equatable, Sendable {
  /// Half a cosine down to 0 at the last step.
  case cosine(peak: Double, warmupEpochs: Double)
  /// A straight line down to 0 at the last step.
  case linear(peak: Double, warmupEpochs: Double)
  /// The peak, multiplied by `factor` at every milestone; milestones count from the start of training.
  case step(peak: Double, warmupEpochs: Double, milestoneEpochs: [Double], factor: Double)
  /// The remaining share of the steps behind the warm-up, to the power `power`, of the peak.
  case polynomial(peak: Double, warmupEpochs: Double, power: Double)

  /// The highest rate.
  package var peak: Double {
    switch self {
    case .cosine(let peak, _), .linear(let peak, _), .step(let peak, _, _, _), .polynomial(let peak, _, _): peak
    }
  }
}
