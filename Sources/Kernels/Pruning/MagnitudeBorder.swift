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
  /// `guess` is where it may be looked for first, such as the border before a small change of the values; the result
  /// does not depend on it.
  ///
  /// - Precondition: 0 < pruned < values.count.
  /// - Cost: one parallel pass over `values` and a selection among those near the border; one pass more after a wrong
  ///   guess, and in the rare case that a sample of the values misleads.
  package init(of values: Tensor, pruned: Int, near guess: Float? = nil) {
    precondition(
      pruned > 0 && pruned < values.count, "magnitude border: \(pruned) of \(values.count) elements pruned")
    let values = values.plain()
    let contents = Self.search(values, pruned, near: guess)
    let largest = unsafe RankedMagnitude(
      of: contents.magnitudes.magnitudes, count: contents.inside, rank: pruned - 1 - contents.below)
    self.pruned = pruned
    self.largestPruned = Float(bitPattern: largest.magnitude)
    self.ties = largest.equal
    self.tiesKept = contents.below + largest.below + largest.equal - pruned
    self.smallestKept = tiesKept > 0 ? largestPruned : Float(bitPattern: largest.next ?? largest.magnitude)
  }

  /// Contents of a window that hold the largest pruned and the smallest kept magnitude: of the first of a few that do.
  private static func search(_ values: Tensor, _ pruned: Int, near guess: Float?) -> MagnitudeWindow.Contents {
    if let guess, values.count > 512 {
      let contents = MagnitudeWindow(near: guess).contents(of: values)
      if contents.hold(pruned) { return contents }
    }
    if values.count > 4096 {
      let contents = MagnitudeWindow(sampling: values, pruned: pruned).contents(of: values)
      if contents.hold(pruned) { return contents }
    }
    return MagnitudeWindow().contents(of: values)
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
