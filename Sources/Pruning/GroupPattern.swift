import Kernels

/// N:M structure: of every `size` consecutive input channels, at one output channel and kernel position, `keeping` stay.
package struct GroupPattern: Equatable, Sendable {
  package let keeping: Int
  package let size: Int

  /// - Precondition: 0 < keeping <= size.
  package init(keeping: Int, of size: Int) {
    precondition(keeping > 0 && keeping <= size, "group pattern: \(keeping) of \(size)")
    self.keeping = keeping
    self.size = size
  }

  /// Whether the input channels of a weight of `shape` divide into whole groups.
  package func fits(_ shape: Shape) -> Bool { shape.rank >= 2 && shape[1] % size == 0 }

  /// Mask that keeps the largest magnitudes of every group; of equal ones those of the lowest channels.
  ///
  /// - Shapes: `weight` [out, in, ...], the pattern's size a divisor of in.
  package func mask(of weight: Tensor) -> KeepMask {
    precondition(fits(weight.shape), "groups of \(size) in a weight of shape \(weight.shape)")
    return GroupBorders(keeping: keeping, of: size).mask(of: weight)
  }
}
