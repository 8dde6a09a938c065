/// Which elements dropout leaves out, as a function of a random stream and the element's index.
///
/// Nothing is stored: the backward pass draws the same numbers again.
///
/// - Source: Srivastava et al. 2014, "Dropout: a simple way to prevent neural networks from overfitting", with the
///   kept elements scaled up in training.
/// - Note: an element's number is 24 bits of a 32-bit hash of its index and the stream's key, so the probability is met
///   to 2^-24, and a tensor has at most 2^32 elements.
package struct DropoutMask: Equatable, Sendable {
  /// Probability that an element is left out, 0..<1.
  package let probability: Double
  private let low: UInt32
  private let high: UInt32
  private let bound: Int32
  /// 1 / (1 - probability), which kept elements are multiplied with.
  let scale: Float

  /// - Precondition: 0 <= probability < 1.
  package init(probability: Double, stream: RandomStream) {
    precondition(probability >= 0 && probability < 1, "dropout: probability \(probability) is not in 0..<1")
    self.probability = probability
    let key = stream.bits(at: 0)
    low = UInt32(truncatingIfNeeded: key)
    high = UInt32(truncatingIfNeeded: key >> 32)
    bound = Int32((probability * 0x1p24).rounded())
    scale = Float(1 / (1 - probability))
  }

  /// Every element either 0 or scaled up; the gradient at the input is the same function of the gradient at the result.
  ///
  /// - Shapes: result as `x`.
  package func callAsFunction(_ x: Tensor) -> Tensor {
    precondition(x.count <= 1 << 32, "dropout: \(x.count) elements, at most 2^32 are told apart")
    let x = x.plain()
    let result = Tensor(uninitialized: x.shape)
    // Sound without isolation: each chunk writes its own range, and the tensors outlive the call.
    nonisolated(unsafe) let (source, target) = unsafe (x.storage.floats, result.storage.floats)
    parallel(x.count, grain: Elementwise.grain) { range in
      unsafe apply(source + range.lowerBound, to: target + range.lowerBound, first: range.lowerBound, range.count)
    }
    return result
  }

  /// Writes the masked form of `count` elements, the first of which has the index `first`.
  @inline(__always)
  func apply(
    _ source: UnsafeMutablePointer<Float>, to target: UnsafeMutablePointer<Float>, first: Int, _ count: Int
  ) {
    var index = 0
    while index + Lanes.scalarCount <= count {
      unsafe store(apply(load(source, index), first: first + index), target, index)
      index += Lanes.scalarCount
    }
    guard index < count else { return }
    var last = Lanes.zero
    for lane in 0..<count - index { unsafe last[lane] = source[index + lane] }
    last = apply(last, first: first + index)
    for lane in 0..<count - index { unsafe target[index + lane] = last[lane] }
  }

  /// Eight elements, the first of which has the index `first`.
  @inline(__always)
  func apply(_ values: Lanes, first: Int) -> Lanes {
    // Chris Wellons' hash of 32 bits with low bias, entered with the key's halves before and between its rounds.
    var bits = SIMD8<UInt32>(repeating: UInt32(truncatingIfNeeded: first)) &+ SIMD8(0, 1, 2, 3, 4, 5, 6, 7)
    bits = (bits &+ SIMD8(repeating: low)) &* 0x9E37_79B1
    bits ^= bits &>> 16
    bits = bits &* 0x21F0_AAAD
    bits = (bits ^ (bits &>> 15)) ^ SIMD8(repeating: high)
    bits = bits &* 0x735A_2D97
    bits ^= bits &>> 15
    // All ones where the number is at least the bound; comparisons of integers are loops over lanes.
    let kept = ~(unsafe unsafeBitCast(bits &>> 8, to: SIMD8<Int32>.self) &- SIMD8(repeating: bound)) &>> 31
    return unsafe unsafeBitCast(
      unsafeBitCast(values * scale, to: SIMD8<Int32>.self) & kept, to: Lanes.self)
  }
}
