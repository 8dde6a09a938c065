import Autodiff
import Kernels

/// Sparse-refined straight-through estimator: the layer computes with the N:M-masked weight, every weight gets the
/// gradient at its masked form, and pruned weights are pulled towards zero besides.
///
/// - Source: Zhou et al. 2021, "Learning N:M fine-grained structured sparse neural networks from scratch",
///   arXiv 2102.04010.
package struct RefinedStraightThrough {
  /// The weight with exact zeros where the mask drops it.
  package let output: Tensor
  private let weight: Tensor
  private let mask: KeepMask
  private let pull: Float

  /// - Precondition: the pattern fits the weight.
  package init(_ weight: Tensor, pattern: GroupBorders, pull: Double) {
    self.weight = weight
    self.mask = pattern.mask(of: weight)
    self.pull = Float(pull)
    output = mask.product(with: weight)
  }

  /// upstream + pull * (1 - mask) * weight.
  ///
  /// - Shapes: as the weight.
  package func gradient(upstream: Tensor) -> Tensor {
    precondition(
      upstream.shape == weight.shape, "straight-through gradient: upstream \(upstream.shape), weight \(weight.shape)")
    let weights = weight.elements
    return Tensor(
      upstream.elements.enumerated().map { $1 + (mask[$0] ? 0 : pull * weights[$0]) }, shape: weight.shape)
  }
}
