extension KeepMask {
  /// Sets to exactly zero what the mask does not keep.
  ///
  /// - Shapes: `values` any, with `count` elements.
  /// - Cost: one pass over the words that drop something.
  package func apply(to values: inout Tensor) {
    precondition(count == values.count, "keep mask of \(count) bits applied to a tensor of shape \(values.shape)")
    values.withMutableElements { elements in
      unsafe elements.withUnsafeMutableBufferPointer { elements in
        guard let base = elements.baseAddress else { return }
        // Sound without isolation: each chunk writes its own range, and the buffers outlive the call.
        nonisolated(unsafe) let start = unsafe base
        parallel(words.count, grain: Elementwise.grain / 64) { range in
          for word in range where words[word] != .max {
            unsafe zeroDropped(words[word], start + 64 * word, min(64, count - 64 * word))
          }
        }
      }
    }
  }

  /// `values` with exact zeros where the mask does not keep them.
  package func product(with values: Tensor) -> Tensor {
    var result = values
    apply(to: &result)
    return result
  }
}

/// A selection, not a product: what is dropped must be +0 even where the value is negative or not finite.
private func zeroDropped(_ bits: UInt64, _ values: UnsafeMutablePointer<Float>, _ count: Int) {
  for bit in 0..<count {
    unsafe values[bit] = bits >> UInt64(bit) & 1 == 1 ? values[bit] : 0
  }
}

extension Tensor {
  /// Number of elements that are exactly zero, of either sign.
  package var zeroCount: Int {
    withElements { elements in
      var zeros = 0
      for index in elements.indices where elements[index] == 0 { zeros += 1 }
      return zeros
    }
  }
}

extension KeepMask {
  /// Adds `factor` times the values that the mask drops to `sum`.
  ///
  /// - Shapes: `values` and `sum` alike, with `count` elements.
  package func addDropped(of values: Tensor, times factor: Float, to sum: inout Tensor) {
    precondition(
      count == values.count && values.shape == sum.shape,
      "keep mask of \(count) bits: values \(values.shape), sum \(sum.shape)")
    let values = values.plain()
    sum.makeUniqueAndPlain()
    // Sound without isolation: each chunk writes its own range, and the buffers outlive the call.
    nonisolated(unsafe) let (source, target) = unsafe (values.storage.floats, sum.storage.floats)
    parallel(words.count, grain: Elementwise.grain / 64) { range in
      for word in range where words[word] != .max {
        for index in 64 * word..<min(64 * word + 64, count) where words[word] >> UInt64(index % 64) & 1 == 0 {
          unsafe target[index] += factor * source[index]
        }
      }
    }
  }
}
