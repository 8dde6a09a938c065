import CIntrinsics

/// What follows a layer's sums in a frozen network.
package enum PlaneActivation: String, Sendable, CaseIterable {
  case identity
  /// max(x, 0).
  case relu
  /// min(max(x, 0), 6).
  case relu6
  /// x Phi(x), as `Activation.gelu`.
  case gelu
  case tanh

  /// The interval that the activation brings numbers into; for smooth ones, all of them.
  var bounds: ActivationBounds {
    switch self {
    case .identity, .gelu, .tanh: ActivationBounds(lower: -.infinity, upper: .infinity)
    case .relu: ActivationBounds(lower: 0, upper: .infinity)
    case .relu6: ActivationBounds(lower: 0, upper: 6)
    }
  }
}

/// An activation as the interval that it brings numbers into.
struct ActivationBounds {
  let lower: Lanes
  let upper: Lanes

  init(lower: Float, upper: Float) {
    self.lower = Lanes(repeating: lower)
    self.upper = Lanes(repeating: upper)
  }

  /// Strict comparisons and replacements, as in `VectorMath`; not a number stays what it is.
  @inline(__always)
  func clamp(_ x: Lanes) -> Lanes { clamp_lanes(x, lower, upper) }
}
