/// How an arm chooses the weights that it removes.
public enum Method: Codable, Equatable, Sendable {
  case dense
  /// Parameter-free differentiable pruning.
  case pdp(temperature: Temperature)
  /// Gradual magnitude pruning; a pruned weight keeps its stored value and may come back.
  case gmp
  /// Gradual magnitude pruning; a pruned weight is zero for good.
  case gmpNested
  /// Magnitude pruning once, at the end of the ramp, then fine-tuning.
  case oneShot
  /// Weights drawn by lot.
  case random

  /// Sharpness of PDP's soft mask; a plain number is absolute.
  public enum Temperature: Codable, Equatable, Sendable, ExpressibleByFloatLiteral, ExpressibleByIntegerLiteral {
    /// tau in squared weight units, as in the paper.
    case absolute(Double)
    /// kappa in tau = kappa * t^2, for each layer's threshold t.
    case relative(kappa: Double)

    public init(floatLiteral value: Double) {
      self = .absolute(value)
    }

    public init(integerLiteral value: Int) {
      self = .absolute(Double(value))
    }
  }
}
