import Kernels

extension PlainTensor {
  /// The same elements under another shape of the same count.
  package func reshaped(to shape: Shape) -> PlainTensor { PlainTensor(elements, shape: shape) }

  /// Extent of the last axis.
  package var width: Int { shape[shape.rank - 1] }

  /// Indices of the elements of each row along the last axis.
  package var rows: [Range<Int>] {
    width == 0 ? [] : stride(from: 0, to: count, by: width).map { $0..<$0 + width }
  }
}
