import Glibc

/// Root of all randomness of a run.
///
/// No generator state exists: a value is a function of (seed, stream name, index), so the data order, the augmentation
/// or the initial weights of any step can be computed directly, and resuming continues with the same bits.
package struct Seed: Hashable, Sendable, Codable {
  package let value: UInt64

  package init(_ value: UInt64) {
    self.value = value
  }

  /// Independent stream of random numbers called `name`, such as `order/epoch/3`.
  package func stream(_ name: String) -> RandomStream {
    RandomStream(key: mix(value ^ mix(fnv1a(name))))
  }

  /// Seed derived from this one and `name`; differs from every stream of this seed.
  package func derived(_ name: String) -> Seed {
    Seed(mix(mix(value) &+ fnv1a(name)))
  }
}

/// Counter-based random numbers: each is a function of the stream's key and an index.
///
/// - Source: Steele, Lea, Flood, "Fast splittable pseudorandom number generators", 2014 (the SplitMix64 finaliser).
package struct RandomStream: Hashable, Sendable {
  private let key: UInt64

  fileprivate init(key: UInt64) {
    self.key = key
  }

  /// 64 uniform bits.
  package func bits(at index: Int) -> UInt64 {
    mix(key &+ (UInt64(truncatingIfNeeded: index) &+ 1) &* 0x9E37_79B9_7F4A_7C15)
  }

  /// Uniform in 0..<1, a multiple of 2^-53.
  package func uniform(at index: Int) -> Double {
    Double(bits(at: index) >> 11) * 0x1p-53
  }

  /// Normal with mean 0 and deviation 1.
  ///
  /// - Source: Box, Muller 1958, from two uniform numbers of this index's own.
  package func normal(at index: Int) -> Double {
    let (radius, angle) = (1 - uniform(at: 2 * index), uniform(at: 2 * index + 1))
    return (-2 * log(radius)).squareRoot() * cos(2 * .pi * angle)
  }

  /// Uniform integer in 0..<bound, by the high word of a product (bias below bound / 2^64).
  package func integer(below bound: Int, at index: Int) -> Int {
    precondition(bound > 0, "integer(below:): bound \(bound) is not positive")
    return Int(bits(at: index).multipliedFullWidth(by: UInt64(bound)).high)
  }

  /// Random order of 0..<count.
  ///
  /// - Cost: one number an element (Fisher and Yates' shuffle).
  package func permutation(of count: Int) -> [Int] {
    var order = Array(0..<count)
    for last in stride(from: count - 1, to: 0, by: -1) {
      order.swapAt(last, integer(below: last + 1, at: last))
    }
    return order
  }
}

/// FNV-1a, 64 bits, of the UTF-8 bytes of `text`.
package func fnv1a(_ text: String) -> UInt64 {
  text.utf8.reduce(0xCBF2_9CE4_8422_2325) { hash, byte in (hash ^ UInt64(byte)) &* 0x100_0000_01B3 }
}

/// SplitMix64's finaliser, a bijection of 64-bit words.
package func mix(_ word: UInt64) -> UInt64 {
  var z = word
  z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
  z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
  return z ^ (z >> 31)
}
