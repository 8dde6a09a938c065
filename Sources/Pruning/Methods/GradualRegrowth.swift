import Glibc
import Kernels

/// GraNet: gradual magnitude pruning whose kept weights are exchanged at every update for those with the largest
/// gradients.
///
/// Training starts with a random mask. At intervals from the end of the warm-up on, the smallest magnitudes of the network go, on a cubic ramp from
/// `initialSparsity`; then, layer by layer and until the end of training, a share that falls from `share` to 0.005 on a
/// cosine is exchanged.
///
/// - Source: Liu et al., "Sparse training via boosting pruning plasticity with neuroregeneration", 2021,
///   arXiv 2106.10404; VITA-Group/GraNet.
package struct GradualRegrowth: RegrowingMethod {
  package let initialSparsity: Double
  private let share: Double
  private let interval: Int
  private let sparsity: Double

  /// Exchanged share at the end of training.
  private static let lastShare = 0.005

  package init(initialSparsity: Double, share: Double, interval: Int, sparsity: Double) {
    self.initialSparsity = initialSparsity
    self.share = share
    self.interval = interval
    self.sparsity = sparsity
  }

  package var ramp: Ramp {
    .intervals(interval, initialShare: sparsity > 0 ? min(initialSparsity / sparsity, 1) : 0)
  }

  package func exchangedShare(at moment: PruningMoment) -> Double? {
    guard moment.step >= moment.startStep, moment.step % interval == moment.startStep % interval else { return nil }
    return Self.lastShare + (share - Self.lastShare) / 2 * (1 + cos(.pi * moment.progress))
  }

  package func exchangedCount(share: Double, active: Int) -> Int { Int((share * Double(active) - 1e-9).rounded(.up)) }
}
