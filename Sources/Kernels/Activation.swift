/// Smooth activations, one function of each element.
package enum Activation: Sendable, CaseIterable {
  /// x Phi(x), Phi the normal distribution function, by the error function.
  ///
  /// - Source: Hendrycks, Gimpel 2016, arXiv 1606.08415.
  case gelu
  /// The same source's approximation by a hyperbolic tangent.
  case geluTanh
  case tanh
  case sigmoid
  /// x sigmoid(x).
  case silu

  /// The activation of every element.
  ///
  /// - Shapes: result as `x`.
  package func callAsFunction(_ x: Tensor) -> Tensor {
    let x = x.plain()
    return switch self {
    case .gelu: Elementwise.combine(GELU.self, x, x)
    case .geluTanh: Elementwise.combine(TanhGELU.self, x, x)
    case .tanh: Elementwise.combine(HyperbolicTangent.self, x, x)
    case .sigmoid: Elementwise.combine(Sigmoid.self, x, x)
    case .silu: Elementwise.combine(SiLU.self, x, x)
    }
  }

  /// Gradient at the input `x` from `upstream`, the gradient at the result.
  ///
  /// - Shapes: all alike.
  package func gradient(_ upstream: Tensor, at x: Tensor) -> Tensor {
    precondition(upstream.shape == x.shape, "\(self) gradient: upstream \(upstream.shape), input \(x.shape)")
    let (x, upstream) = (x.plain(), upstream.plain())
    return switch self {
    case .gelu: Elementwise.combine(GELUGradient.self, x, upstream)
    case .geluTanh: Elementwise.combine(TanhGELUGradient.self, x, upstream)
    case .tanh: Elementwise.combine(HyperbolicTangentGradient.self, x, upstream)
    case .sigmoid: Elementwise.combine(SigmoidGradient.self, x, upstream)
    case .silu: Elementwise.combine(SiLUGradient.self, x, upstream)
    }
  }
}

enum GELU: LaneOperation {
  @inline(__always)
  static func apply(_ x: Lanes, _: Lanes) -> Lanes { x * distribution(x) }

  /// Phi(x).
  @inline(__always)
  static func distribution(_ x: Lanes) -> Lanes {
    0.5 + 0.5 * VectorMath.errorFunction(x * Float(0.5).squareRoot())
  }
}

enum GELUGradient: LaneOperation {
  @inline(__always)
  static func apply(_ x: Lanes, _ upstream: Lanes) -> Lanes {
    let density = VectorMath.exponential(-0.5 * x * x) * 0.398_942_28
    return upstream * (GELU.distribution(x) + x * density)
  }
}

enum TanhGELU: LaneOperation {
  @inline(__always)
  static func apply(_ x: Lanes, _: Lanes) -> Lanes { 0.5 * x * (1 + VectorMath.hyperbolicTangent(argument(x))) }

  /// sqrt(2 / pi) (x + 0.044715 x^3).
  @inline(__always)
  static func argument(_ x: Lanes) -> Lanes { 0.797_884_56 * (x + 0.044_715 * x * x * x) }
}

enum TanhGELUGradient: LaneOperation {
  @inline(__always)
  static func apply(_ x: Lanes, _ upstream: Lanes) -> Lanes {
    let tangent = VectorMath.hyperbolicTangent(TanhGELU.argument(x))
    let slope = 0.797_884_56 * (1 + 0.134_145 * x * x)
    return upstream * (0.5 * (1 + tangent) + 0.5 * x * (1 - tangent * tangent) * slope)
  }
}

enum HyperbolicTangent: LaneOperation {
  @inline(__always)
  static func apply(_ x: Lanes, _: Lanes) -> Lanes { VectorMath.hyperbolicTangent(x) }
}

enum HyperbolicTangentGradient: LaneOperation {
  @inline(__always)
  static func apply(_ x: Lanes, _ upstream: Lanes) -> Lanes {
    let tangent = VectorMath.hyperbolicTangent(x)
    return upstream * (1 - tangent * tangent)
  }
}

enum Sigmoid: LaneOperation {
  @inline(__always)
  static func apply(_ x: Lanes, _: Lanes) -> Lanes { VectorMath.sigmoid(x) }
}

enum SigmoidGradient: LaneOperation {
  @inline(__always)
  static func apply(_ x: Lanes, _ upstream: Lanes) -> Lanes {
    let share = VectorMath.sigmoid(x)
    return upstream * share * (1 - share)
  }
}

enum SiLU: LaneOperation {
  @inline(__always)
  static func apply(_ x: Lanes, _: Lanes) -> Lanes { x * VectorMath.sigmoid(x) }
}

enum SiLUGradient: LaneOperation {
  @inline(__always)
  static func apply(_ x: Lanes, _ upstream: Lanes) -> Lanes {
    let share = VectorMath.sigmoid(x)
    return upstream * share * (1 + x * (1 - share))
  }
}
