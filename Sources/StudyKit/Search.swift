/// How a method whose sparsity is an outcome is brought to its target: by training again with another value of its one
/// knob.
///
/// The knob is `initial` of `.str`, `initial` of `.continuousSparsification` and `penalty` of `.softMovement`.
public struct Search: Codable, Equatable, Sendable {
  /// Distance of the achieved from the requested sparsity, as a fraction, within which the search ends.
  public var tolerance: Double
  /// Trainings at most; if none comes within the tolerance, the closest one counts.
  public var trials: Int

  public init(tolerance: Double, trials: Int) {
    self.tolerance = tolerance
    self.trials = trials
  }
}
