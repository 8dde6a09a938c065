import Kernels

extension Tensor {
  /// The slices at `indices` along `axis`, in that order.
  package func keepingSlices(_ indices: [Int], axis: Int) -> Tensor {
    let (outer, inner) = extents(around: axis)
    let extent = shape[axis]
    var extents = shape.extents
    extents[axis] = indices.count
    var kept: [Float] = []
    kept.reserveCapacity(outer * indices.count * inner)
    withElements { elements in
      for block in 0..<outer {
        for index in indices {
          let start = (block * extent + index) * inner
          for place in start..<(start + inner) { kept.append(elements[place]) }
        }
      }
    }
    return Tensor(kept, shape: Shape(extents))
  }

  /// Writes zeros to the slices at `indices` along `axis`.
  package mutating func zeroSlices(_ indices: [Int], axis: Int) {
    let (outer, inner) = extents(around: axis)
    let extent = shape[axis]
    withMutableElements { elements in
      for block in 0..<outer {
        for index in indices {
          precondition((0..<extent).contains(index), "slice \(index) along axis \(axis) of length \(extent)")
          let start = (block * extent + index) * inner
          for place in start..<(start + inner) { elements[place] = 0 }
        }
      }
    }
  }

  /// Whether each slice along `axis` is all zeros.
  package func zeroSlices(axis: Int) -> [Bool] {
    let (outer, inner) = extents(around: axis)
    var areZero = [Bool](repeating: true, count: shape[axis])
    withElements { elements in
      for block in 0..<outer {
        for index in areZero.indices where areZero[index] {
          let start = (block * areZero.count + index) * inner
          areZero[index] = (start..<(start + inner)).allSatisfy { elements[$0] == 0 }
        }
      }
    }
    return areZero
  }

  /// Counts of elements before and behind `axis`.
  private func extents(around axis: Int) -> (outer: Int, inner: Int) {
    (shape.extents[..<axis].reduce(1, *), shape.extents[(axis + 1)...].reduce(1, *))
  }
}
