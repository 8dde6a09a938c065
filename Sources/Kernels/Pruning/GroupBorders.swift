/// N:M pattern, and where pruned and kept magnitudes part in every group of it.
///
/// Groups are `size` consecutive input channels at one output channel and kernel position.
///
/// - Shapes: weights [out, in, ...], `size` a divisor of in.
package struct GroupBorders: Equatable, Sendable {
  package let keeping: Int
  package let size: Int

  /// Largest group that the kernels take.
  package static let largestSize = 64

  /// - Precondition: 0 < keeping <= size <= 64.
  package init(keeping: Int, of size: Int) {
    precondition(
      keeping > 0 && keeping <= size && size <= Self.largestSize, "group borders: \(keeping) of \(size)")
    self.keeping = keeping
    self.size = size
  }

  /// Whether the input channels of a weight of `shape` divide into whole groups.
  package func fits(_ shape: Shape) -> Bool { shape.rank >= 2 && shape[1] % size == 0 }

  /// Mask that keeps the `keeping` largest magnitudes of every group (of scores: the highest); of equal ones those of
  /// the lowest channels.
  ///
  /// - Cost: one pass, `size` comparisons an element.
  package func mask(of values: Tensor, bySign: Bool = false) -> KeepMask {
    var kept = Tensor(uninitialized: values.shape)
    let magnitudeMask: UInt32 = bySign ? .max : magnitudeBits
    unsafe withGroups(of: values, writing: &kept) { group, count, stride, result in
      for own in 0..<count {
        let value = unsafe Float(bitPattern: group[own * stride].bitPattern & magnitudeMask)
        var ahead = 0
        for other in 0..<count {
          let rival = unsafe Float(bitPattern: group[other * stride].bitPattern & magnitudeMask)
          ahead += rival > value || (rival == value && other < own) ? 1 : 0
        }
        unsafe result[own * stride] = ahead < keeping ? 1 : 0
      }
    }
    return KeepMask(nonzerosOf: kept)
  }

  /// For every element the threshold of its group: half-way between the largest magnitude pruned and the smallest kept.
  ///
  /// - Precondition: keeping < size.
  /// - Cost: one pass, `size` comparisons an element.
  package func thresholds(of values: Tensor) -> Tensor {
    precondition(keeping < size, "thresholds of groups that keep \(keeping) of \(size)")
    var thresholds = Tensor(uninitialized: values.shape)
    unsafe withGroups(of: values, writing: &thresholds) { group, count, stride, result in
      var (smallestKept, largestPruned) = (Float.infinity, Float(0))
      for own in 0..<count {
        let value = unsafe group[own * stride].magnitude
        var ahead = 0
        for other in 0..<count {
          let rival = unsafe group[other * stride].magnitude
          ahead += rival > value || (rival == value && other < own) ? 1 : 0
        }
        if ahead < keeping {
          smallestKept = min(smallestKept, value)
        } else {
          largestPruned = max(largestPruned, value)
        }
      }
      let threshold = (smallestKept + largestPruned) / 2
      for own in 0..<count { unsafe result[own * stride] = threshold }
    }
    return thresholds
  }

  /// Calls `body` with the first element of every group, its size, the distance between its elements, and the place of
  /// the first result.
  private func withGroups(
    of values: Tensor, writing results: inout Tensor,
    _ body: (UnsafeMutablePointer<Float>, Int, Int, UnsafeMutablePointer<Float>) -> Void
  ) {
    precondition(fits(values.shape), "groups of \(size) in a weight of shape \(values.shape)")
    let positions = values.shape.extents.dropFirst(2).reduce(1, *)
    let values = values.plain()
    // Sound without isolation: each chunk writes its own range, and the tensors outlive the call.
    nonisolated(unsafe) let (source, target) = unsafe (values.storage.floats, results.storage.floats)
    let run = size * positions
    parallel(values.count / run, grain: max(1, 4096 / run)) { range in
      for index in range {
        for position in 0..<positions {
          unsafe body(source + index * run + position, size, positions, target + index * run + position)
        }
      }
    }
  }
}

extension KeepMask {
  /// Mask that keeps what is not zero.
  package init(nonzerosOf values: Tensor) {
    self.init(repeating: false, count: values.count)
    values.withElements { values in
      var word: UInt64 = 0
      for index in values.indices {
        word |= (values[index] == 0 ? 0 : 1) << UInt64(index % 64)
        if index % 64 == 63 || index == values.count - 1 {
          setWord(index / 64, word)
          word = 0
        }
      }
    }
  }
}
