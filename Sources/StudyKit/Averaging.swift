/// Exponential moving average of the weights.
public struct Averaging: Codable, Equatable, Sendable {
  /// Share of the average that stays at a step.
  public var decay: Double
  /// Whether the decay of early steps is smaller, so that the first weights are soon forgotten.
  public var warmsUp: Bool

  public init(decay: Double, warmsUp: Bool) {
    self.decay = decay
    self.warmsUp = warmsUp
  }
}
