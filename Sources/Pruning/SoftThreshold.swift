import Autodiff
import Glibc
import Kernels

/// Soft threshold reparameterisation: sign(w) max(|w| - sigmoid(s), 0), with a learnt s a layer.
///
/// - Source: Kusupati et al. 2020, "Soft threshold weight reparameterization for learnable sparsity", arXiv 2002.03231.
package struct SoftThreshold {
  /// As the weight's shape.
  package let output: Tensor
  private let weight: Tensor
  private let threshold: Double

  /// `parameter` is s, before the sigmoid.
  package init(_ weight: Tensor, parameter: Double) {
    let threshold = 1 / (1 + exp(-parameter))
    self.weight = weight
    self.threshold = threshold
    output = Tensor(
      weight.elements.map { value in
        let rest = abs(Double(value)) - threshold
        return rest > 0 ? Float(value < 0 ? -rest : rest) : 0
      }, shape: weight.shape)
  }

  /// Gradients at the weight and at s, from `upstream`, the gradient at `output`.
  package func gradient(upstream: Tensor) -> (weight: Tensor, parameter: Double) {
    precondition(
      upstream.shape == weight.shape, "soft threshold gradient: upstream \(upstream.shape), weight \(weight.shape)")
    var atThreshold = 0.0
    let atWeight = zip(weight.elements, upstream.elements).map { value, upstream -> Float in
      guard abs(Double(value)) > threshold else { return 0 }
      atThreshold -= value < 0 ? -Double(upstream) : Double(upstream)
      return upstream
    }
    return (Tensor(atWeight, shape: weight.shape), atThreshold * threshold * (1 - threshold))
  }
}
