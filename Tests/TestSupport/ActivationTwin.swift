import Kernels

/// Smooth activations, an element at a time, with their slopes written out.
package struct ActivationTwin {
  package let activation: Activation

  package init(_ activation: Activation) {
    self.activation = activation
  }

  package func forward<Scalar: TwinScalar>(_ x: PlainTensor<Scalar>) -> PlainTensor<Scalar> { x.map { value($0) } }

  /// Gradient at `x` from `upstream`, the gradient at the result.
  package func gradient<Scalar: TwinScalar>(
    _ upstream: PlainTensor<Scalar>, at x: PlainTensor<Scalar>
  ) -> PlainTensor<Scalar> {
    upstream.zip(x) { $0 * slope($1) }
  }

  package func value<Scalar: TwinScalar>(_ x: Scalar) -> Scalar {
    switch activation {
    case .gelu: x * distribution(x)
    case .geluTanh: x / 2 * (1 + Scalar.hyperbolicTangent(argument(x)))
    case .tanh: Scalar.hyperbolicTangent(x)
    case .sigmoid: sigmoid(x)
    case .silu: x * sigmoid(x)
    }
  }

  package func slope<Scalar: TwinScalar>(_ x: Scalar) -> Scalar {
    switch activation {
    case .gelu:
      return distribution(x) + x * Scalar.exponential(-x * x / 2) / (2 * Scalar.pi).squareRoot()
    case .geluTanh:
      let tangent = Scalar.hyperbolicTangent(argument(x))
      let inner = (2 / Scalar.pi).squareRoot() * (1 + 3 * Scalar(0.044_715) * x * x)
      return (1 + tangent) / 2 + x / 2 * (1 - tangent * tangent) * inner
    case .tanh:
      let tangent = Scalar.hyperbolicTangent(x)
      return 1 - tangent * tangent
    case .sigmoid:
      return sigmoid(x) * sigmoid(-x)
    case .silu:
      return sigmoid(x) * (1 + x * sigmoid(-x))
    }
  }

  /// The normal distribution function.
  private func distribution<Scalar: TwinScalar>(_ x: Scalar) -> Scalar {
    Scalar.complementaryErrorFunction(-x / Scalar(2).squareRoot()) / 2
  }

  private func sigmoid<Scalar: TwinScalar>(_ x: Scalar) -> Scalar { 1 / (1 + Scalar.exponential(-x)) }

  private func argument<Scalar: TwinScalar>(_ x: Scalar) -> Scalar {
    (2 / Scalar.pi).squareRoot() * (x + Scalar(0.044_715) * x * x * x)
  }
}
