import Autodiff
import Kernels

/// Clipping of all gradients together by their norm.
package enum GradientClipping {
  /// Factor on every gradient that brings their norm below `limit`; 1 if it is below already.
  ///
  /// - Precondition: `norm` is finite (an infinite one has no direction to keep); `limit` > 0.
  /// - Source: Pascanu, Mikolov, Bengio 2013, arXiv 1211.5063, algorithm 1, with PyTorch's 1e-6 beside the norm.
  package static func factor(norm: Double, limit: Double) -> Double {
    precondition(norm.isFinite && norm >= 0 && limit > 0, "clipping: norm \(norm), limit \(limit)")
    return min(1, limit / (norm + 1e-6))
  }
}

extension TrainableNetwork {
  /// L2 norm of all gradients together, not finite if one of their elements is not.
  ///
  /// - Cost: one pass over the gradients.
  package var gradientNorm: Double {
    var sum = 0.0
    for (_, parameter) in parameters {
      if let gradient = parameter.gradient { sum += OptimizerUpdate.squaredNorm(gradient) }
    }
    return sum.squareRoot()
  }
}
