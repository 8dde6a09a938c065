extension KeepMask {
  /// Mask that keeps the `kept` highest of `scores`; of equal ones those with the lowest indices.
  ///
  /// Scores are ordered by value, sign included, unlike magnitudes; -0 counts as 0.
  ///
  /// - Shapes: `scores` any.
  /// - Precondition: 0 <= kept <= scores.count; no score is not-a-number.
  /// - Cost: a pass to copy, and a selection in linear time.
  package init(keeping kept: Int, highestOf scores: Tensor) {
    precondition(kept >= 0 && kept <= scores.count, "keep mask: \(kept) highest of \(scores.count) scores")
    self.init(repeating: false, count: scores.count)
    guard kept > 0 else { return }
    scores.withElements { scores in
      let keys = Storage(bytes: scores.count * MemoryLayout<UInt32>.stride)
      let start = unsafe keys.magnitudes
      for index in scores.indices { unsafe start[index] = orderedBits(scores[index]) }
      let border = unsafe RankedMagnitude(of: start, count: scores.count, rank: scores.count - kept)
      // Of those at the border, as many stay as the higher ones leave room for.
      var tiesLeft = kept - (scores.count - border.below - border.equal)
      for index in scores.indices {
        let key = orderedBits(scores[index])
        if key > border.magnitude {
          self[index] = true
        } else if key == border.magnitude, tiesLeft > 0 {
          self[index] = true
          tiesLeft -= 1
        }
      }
    }
  }
}

/// Bits that are ordered as numbers as the values are.
@inline(__always)
private func orderedBits(_ value: Float) -> UInt32 {
  let bits = (value + 0).bitPattern
  return bits >> 31 == 1 ? ~bits : bits | 0x8000_0000
}

extension Tensor {
  /// Non-negative numbers whose order is that of these values, signs included, for what ranks magnitudes.
  ///
  /// Values that differ in their last bit alone may count as equal.
  package func orderedAsMagnitudes() -> Tensor {
    var result = plain()
    result.withMutableElements { elements in
      for index in elements.indices { elements[index] = Float(bitPattern: orderedBits(elements[index]) >> 1) }
    }
    return result
  }
}

extension KeepMask {
  /// Mask that keeps scores above 0.
  package init(positivesOf scores: Tensor) { self.init(above: 0, of: scores) }

  /// Mask that keeps scores above `bound`, signs included.
  package init(above bound: Float, of scores: Tensor) {
    self.init(repeating: false, count: scores.count)
    scores.withElements { scores in
      for start in stride(from: 0, to: scores.count, by: 64) {
        var word: UInt64 = 0
        for bit in 0..<min(64, scores.count - start) {
          word |= (scores[start + bit] > bound ? 1 : 0) << UInt64(bit)
        }
        setWord(start / 64, word)
      }
    }
  }
}
