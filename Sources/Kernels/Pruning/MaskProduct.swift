/// Sets to exactly zero what `mask` does not keep.
///
/// - Shapes: `values` as many elements as `mask`.
/// - Cost: one pass; words that keep everything are skipped.
package func applyMask(_ mask: KeepMask, to values: inout MutableSpan<Float>) {
  precondition(mask.count == values.count, "applyMask: \(mask.count) bits for \(values.count) elements")
  unsafe values.withUnsafeMutableBufferPointer { values in
    guard let base = values.baseAddress else { return }
    let count = values.count
    unsafe mask.words.withUnsafeBufferPointer { words in
      for word in 0..<words.count {
        let bits = unsafe words[word]
        if bits == .max { continue }
        let start = unsafe base + 64 * word
        for bit in 0..<min(64, count - 64 * word) {
          // A selection, not a product: what is dropped must be +0 even where the value is negative or not finite.
          unsafe start[bit] = bits >> UInt64(bit) & 1 == 1 ? start[bit] : 0
        }
      }
    }
  }
}

/// Number of elements that are exactly zero, of either sign.
package func zeroCount(of values: Span<Float>) -> Int {
  var zeros = 0
  for index in values.indices where values[index] == 0 { zeros += 1 }
  return zeros
}
