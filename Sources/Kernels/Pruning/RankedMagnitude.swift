/// The element of a given rank among magnitudes, and what lies beside it; all as bits.
struct RankedMagnitude {
  private(set) var magnitude: UInt32 = 0
  /// How many are smaller.
  private(set) var below = 0
  /// How many equal it.
  private(set) var equal = 0
  /// The smallest of those that are larger; nil if none is.
  private(set) var next: UInt32?

  /// Selects from the first `count` of `keys`, and overwrites them.
  ///
  /// - Precondition: 0 <= rank < count.
  /// - Cost: in proportion to `count`, whatever the order and however many are equal.
  init(of keys: UnsafeMutablePointer<UInt32>, count: Int, rank: Int) {
    precondition(rank >= 0 && rank < count, "ranked magnitude: rank \(rank) among \(count)")
    var count = count
    var draw: UInt64 = 1
    while true {
      let pivot = unsafe Self.pivot(keys, count, &draw)
      var less = 0
      equal = 0
      for index in 0..<count {
        less += unsafe keys[index] < pivot ? 1 : 0
        equal += unsafe keys[index] == pivot ? 1 : 0
      }
      if rank < below + less {
        next = pivot
        count = unsafe Self.keep(keys, count) { $0 < pivot }
      } else if rank < below + less + equal {
        magnitude = pivot
        below += less
        for index in 0..<count where unsafe keys[index] > pivot { next = unsafe min(next ?? .max, keys[index]) }
        return
      } else {
        below += less + equal
        count = unsafe Self.keep(keys, count) { $0 > pivot }
      }
    }
  }

  /// The middle one of three drawn at random: no order of the magnitudes is a bad one.
  private static func pivot(_ keys: UnsafeMutablePointer<UInt32>, _ count: Int, _ draw: inout UInt64) -> UInt32 {
    func drawn() -> UInt32 {
      draw = draw &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return unsafe keys[Int((draw >> 32) * UInt64(count) >> 32)]
    }
    let (a, b, c) = (drawn(), drawn(), drawn())
    return max(min(a, b), min(max(a, b), c))
  }

  /// Moves the magnitudes that `isKept` to the front, without a branch; returns how many they are.
  @inline(__always)
  private static func keep(
    _ keys: UnsafeMutablePointer<UInt32>, _ count: Int, _ isKept: (UInt32) -> Bool
  ) -> Int {
    var kept = 0
    for index in 0..<count {
      let key = unsafe keys[index]
      unsafe keys[kept] = key
      kept += isKept(key) ? 1 : 0
    }
    return kept
  }
}

extension Storage {
  /// The block as bits of magnitudes.
  var magnitudes: UnsafeMutablePointer<UInt32> { unsafe block.pointer.assumingMemoryBound(to: UInt32.self) }
}
