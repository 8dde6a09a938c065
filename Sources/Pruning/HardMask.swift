import Kernels

/// Which weights of a layer are kept, and the magnitude that parts them.
package struct HardMask: Codable, Equatable, Sendable {
  package let kept: KeepMask
  /// Half-way between the largest magnitude pruned and the smallest kept; nil if magnitudes do not decide.
  package let threshold: Double?

  package init(kept: KeepMask, threshold: Double?) {
    self.kept = kept
    self.threshold = threshold
  }

  /// Mask without the `pruned` smallest magnitudes; of equal ones those with the lowest indices are kept.
  ///
  /// - Precondition: 0 < pruned < weight.count.
  package init(droppingSmallest pruned: Int, of weight: Tensor) {
    let border = MagnitudeBorder(of: weight, pruned: pruned)
    self.init(kept: KeepMask(keeping: weight, above: border), threshold: border.threshold)
  }
}

extension MagnitudeBorder {
  /// Half-way between the largest magnitude pruned and the smallest kept.
  package var threshold: Double { (Double(largestPruned) + Double(smallestKept)) / 2 }
}
