/// Where the pruned elements of one tensor end and the kept ones begin, in the order of magnitudes.
package struct MagnitudeBorder: Equatable, Sendable {
  /// Elements pruned.
  package let pruned: Int
  package let largestPruned: Float
  package let smallestKept: Float
  /// Elements whose magnitude equals `largestPruned`, and how many of them are kept: those with the lowest indices.
  package let ties: Int
  package let tiesKept: Int

  /// Border below which the `pruned` smallest magnitudes of `values` lie.
  ///
  /// - Precondition: 0 < pruned < values.count.
  /// - Cost: four passes over `values`.
  package init(of values: Tensor, pruned: Int) {
    precondition(
      pruned > 0 && pruned < values.count, "magnitude border: \(pruned) of \(values.count) elements pruned")
    var selection = MagnitudeSelection(rank: pruned - 1)
    while !selection.isDone {
      selection.add(values)
      selection.narrow()
    }
    let tiesKept = selection.below + selection.equal - pruned
    self.pruned = pruned
    self.largestPruned = selection.magnitude
    let largestPruned = selection.magnitude
    self.smallestKept =
      tiesKept > 0 ? largestPruned : values.withElements { smallestMagnitude(of: $0, above: largestPruned) }
    self.ties = selection.equal
    self.tiesKept = tiesKept
  }
}

/// Smallest magnitude greater than `bound`; `bound` itself if there is none.
private func smallestMagnitude(of values: Span<Float>, above bound: Float) -> Float {
  let boundBits = bound.bitPattern
  return unsafe values.withUnsafeBufferPointer { values in
    guard let base = values.baseAddress else { return bound }
    // Keys minus (bound + 1) wrap to huge numbers for keys at or below the bound, so a plain minimum finds the answer.
    let offset = boundBits &+ 1
    var least = UInt32.max
    for index in 0..<values.count {
      least = min(least, (unsafe base[index].bitPattern & magnitudeBits) &- offset)
    }
    return least == .max ? bound : Float(bitPattern: least &+ offset)
  }
}

extension MagnitudeSelection {
  /// How many elements of `values` have a magnitude below `bound`, and how many equal it.
  package static func counts(of values: Tensor, around bound: Float) -> (below: Int, equal: Int) {
    values.withElements { values in
      var below = 0
      var equal = 0
      for index in values.indices {
        let key = values[index].bitPattern & magnitudeBits
        below += key < bound.bitPattern ? 1 : 0
        equal += key == bound.bitPattern ? 1 : 0
      }
      return (below, equal)
    }
  }
}

extension KeepMask {
  /// Mask that keeps what lies above `border`, and of the elements at it those with the lowest indices.
  ///
  /// - Precondition: `border` was taken from the same values.
  /// - Cost: one pass over `values`.
  package init(keeping values: Tensor, above border: MagnitudeBorder) {
    self.init(keeping: values, above: border.largestPruned, tiesKept: border.tiesKept)
  }

  /// Mask that keeps magnitudes above `bound`, and the first `tiesKept` of those that equal it.
  package init(keeping values: Tensor, above bound: Float, tiesKept: Int) {
    self.init(repeating: false, count: values.count)
    values.withElements { values in
      unsafe values.withUnsafeBufferPointer { values in
        unsafe setWords(values, above: bound.bitPattern, tiesKept: tiesKept)
      }
    }
  }

  private mutating func setWords(_ values: UnsafeBufferPointer<Float>, above boundBits: UInt32, tiesKept: Int) {
    guard let base = values.baseAddress else { return }
    var tiesLeft = tiesKept
    for word in 0..<words.count {
      let start = unsafe base + 64 * word
      var kept: UInt64 = 0
      var tied: UInt64 = 0
      for bit in 0..<min(64, count - 64 * word) {
        let key = unsafe start[bit].bitPattern & magnitudeBits
        kept |= (key > boundBits ? 1 : 0) << UInt64(bit)
        tied |= (key == boundBits ? 1 : 0) << UInt64(bit)
      }
      while tied != 0 && tiesLeft > 0 {
        kept |= tied & (~tied &+ 1)
        tied &= tied &- 1
        tiesLeft -= 1
      }
      setWord(word, kept)
    }
  }
}
