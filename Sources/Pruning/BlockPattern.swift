import Kernels

/// 1xB structure: runs of `size` consecutive input channels, at one output channel and kernel position, stay or go as
/// one.
///
/// - Source: Lin et al. 2022, "1xN pattern for pruning convolutional neural networks", arXiv 2105.14713, whose blocks
///   run along output channels.
package struct BlockPattern: Equatable, Sendable {
  package let size: Int

  package init(size: Int) {
    precondition(size > 0, "block pattern of \(size)")
    self.size = size
  }

  /// The sum of magnitudes (of values, with their signs) of every block.
  ///
  /// - Shapes: `values` [out, in, ...], `size` a divisor of in; result [out, in / size, ...].
  package func sums(of values: Tensor, bySign: Bool = false) -> Tensor {
    let extents = blockExtents(of: values.shape)
    let positions = extents.dropFirst(2).reduce(1, *)
    var sums = [Float](repeating: 0, count: values.count / size)
    values.withElements { values in
      for block in sums.indices {
        let first = block / positions * positions * size + block % positions
        for member in 0..<size {
          let value = values[first + member * positions]
          sums[block] += bySign ? value : abs(value)
        }
      }
    }
    return Tensor(sums, shape: Shape(extents))
  }

  /// The mask of weights from a mask of blocks.
  ///
  /// - Shapes: `shape` of the weight.
  package func expanded(_ blocks: KeepMask, over shape: Shape) -> KeepMask {
    let positions = blockExtents(of: shape).dropFirst(2).reduce(1, *)
    var mask = KeepMask(repeating: false, count: shape.count)
    for block in 0..<blocks.count where blocks[block] {
      let first = block / positions * positions * size + block % positions
      for member in 0..<size { mask[first + member * positions] = true }
    }
    return mask
  }

  private func blockExtents(of shape: Shape) -> [Int] {
    precondition(shape.rank >= 2 && shape[1] % size == 0, "blocks of \(size) in a weight of shape \(shape)")
    var extents = shape.extents
    extents[1] /= size
    return extents
  }
}
