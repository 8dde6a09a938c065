/// Length of a part of training.
public enum Stretch: Codable, Equatable, Sendable {
  case epochs(Double)
  /// Fraction of all epochs, 0...1.
  case share(Double)
}
