import Kernels

/// All ways to keep `keeping` positions of a group of `size` consecutive input channels.
package struct GroupCombinations: Equatable, Sendable {
  package let size: Int
  /// Positions of each, as bits.
  private let members: [UInt64]
  /// What makes the scores of all combinations with one position add up to 1.
  package let initialScore: Double

  package init(keeping: Int, of size: Int) {
    precondition(keeping > 0 && keeping <= size && size <= 16, "combinations of \(keeping) of \(size)")
    self.size = size
    members = (0..<(UInt64(1) << UInt64(size))).filter { $0.nonzeroBitCount == keeping }
    let withFirst = members.count { $0 & 1 == 1 }
    initialScore = 1 / Double(withFirst)
  }

  package var count: Int { members.count }

  /// Leaves the `left` highest-scored combinations of every group; of equal ones the first.
  ///
  /// - Shapes: `scores` [groups, combinations]; `alive` likewise.
  package func drop(to left: Int, scores: Tensor, alive: inout KeepMask) {
    scores.withElements { scores in
      for group in 0..<scores.count / count {
        let candidates = (group * count..<(group + 1) * count).filter { alive[$0] }
        let ranked = candidates.sorted { (scores[$1], $0) < (scores[$0], $1) }
        for index in ranked.dropFirst(left) { alive[index] = false }
      }
    }
  }

  /// Mask of the positions that any combination left has.
  ///
  /// - Shapes: `shape` of the weight, [out, in, ...].
  package func mask(of alive: KeepMask, over shape: Shape) -> KeepMask {
    var mask = KeepMask(repeating: false, count: shape.count)
    forEachGroup(of: shape) { group, first, stride in
      var positions: UInt64 = 0
      for (index, bits) in members.enumerated() where alive[group * count + index] { positions |= bits }
      for member in 0..<size where positions >> UInt64(member) & 1 == 1 { mask[first + member * stride] = true }
    }
    return mask
  }

  /// Sums of `values` over each combination's positions.
  ///
  /// - Shapes: `values` [out, in, ...]; result [groups, combinations].
  package func sums(of values: Tensor) -> Tensor {
    var sums = [Float](repeating: 0, count: values.count / size * count)
    values.withElements { elements in
      forEachGroup(of: values.shape) { group, first, stride in
        for (index, bits) in members.enumerated() {
          var left = bits
          while left != 0 {
            sums[group * count + index] += elements[first + left.trailingZeroBitCount * stride]
            left &= left &- 1
          }
        }
      }
    }
    return Tensor(sums, shape: [values.count / size, count])
  }

  /// Calls `body` with a group's number, its first element and the distance between its elements.
  private func forEachGroup(of shape: Shape, _ body: (Int, Int, Int) -> Void) {
    precondition(shape.rank >= 2 && shape[1] % size == 0, "groups of \(size) in a weight of shape \(shape)")
    let positions = shape.extents.dropFirst(2).reduce(1, *)
    for group in 0..<shape.count / size {
      body(group, group / positions * positions * size + group % positions, positions)
    }
  }
}
