/// Exact selection of the element of a given rank among magnitudes, over any number of tensors, without sorting.
///
/// The bits of a magnitude order as the magnitude does, so the element is found digit by digit (11, 10 and 10 bits):
/// for each digit every tensor is counted once with `add`, then `narrow` picks the digit of the element sought.
///
/// - Cost: three passes over the elements and 32 KiB, whatever their number. NaN ranks above infinity.
package struct MagnitudeSelection {
  private static let widths = [11, 10, 10]
  private static let lanes = 4

  private let rank: Int
  private var digit = 0
  /// Bits of the digits found so far, in place.
  private var prefix: UInt32 = 0
  private var counts = [UInt32](repeating: 0, count: lanes << 11)

  /// Elements whose magnitude is below the one found.
  package private(set) var below = 0
  /// Elements whose magnitude equals the one found.
  package private(set) var equal = 0

  /// Selection of the element with `rank` smaller ones before it, 0 for the smallest.
  package init(rank: Int) {
    precondition(rank >= 0, "magnitude selection: rank \(rank) is negative")
    self.rank = rank
  }

  /// Whether all digits are known.
  package var isDone: Bool { digit == Self.widths.count }

  /// The magnitude found.
  package var magnitude: Float {
    precondition(isDone, "magnitude selection: \(digit) of \(Self.widths.count) digits are known")
    return Float(bitPattern: prefix)
  }

  /// Counts `values` by the current digit.
  package mutating func add(_ values: Tensor) {
    precondition(!isDone, "magnitude selection: all digits are known")
    precondition(values.count <= Int(UInt32.max), "magnitude selection: \(values.count) values in one tensor")
    values.withElements { digit == 0 ? addAll($0, shift: shift) : addMatching($0, shift: shift) }
  }

  /// Fixes the current digit from the counts and moves on to the next.
  ///
  /// - Precondition: more elements were added than `rank`.
  package mutating func narrow() {
    precondition(!isDone, "magnitude selection: all digits are known")
    let size = 1 << Self.widths[digit]
    for bin in 0..<size {
      var inBin = 0
      for lane in 0..<Self.lanes { inBin += Int(counts[lane << 11 + bin]) }
      if below + inBin > rank {
        prefix |= UInt32(bin) << UInt32(shift)
        equal = inBin
        digit += 1
        for index in counts.indices { counts[index] = 0 }
        return
      }
      below += inBin
    }
    preconditionFailure("magnitude selection: rank \(rank) among \(below) elements")
  }

  private var shift: Int { Self.widths[(digit + 1)...].reduce(0, +) }

  /// Four tables, so that neighbours in one bin do not wait for one another.
  private mutating func addAll(_ values: Span<Float>, shift: Int) {
    unsafe counts.withUnsafeMutableBufferPointer { counts in
      unsafe values.withUnsafeBufferPointer { values in
        guard let table = counts.baseAddress, let base = values.baseAddress else { return }
        let end = values.count & ~3
        var index = 0
        while index < end {
          let bin0 = Int((unsafe base[index].bitPattern & magnitudeBits) >> UInt32(shift))
          let bin1 = Int((unsafe base[index + 1].bitPattern & magnitudeBits) >> UInt32(shift))
          let bin2 = Int((unsafe base[index + 2].bitPattern & magnitudeBits) >> UInt32(shift))
          let bin3 = Int((unsafe base[index + 3].bitPattern & magnitudeBits) >> UInt32(shift))
          unsafe table[bin0] &+= 1
          unsafe table[1 << 11 + bin1] &+= 1
          unsafe table[2 << 11 + bin2] &+= 1
          unsafe table[3 << 11 + bin3] &+= 1
          index += 4
        }
        while index < values.count {
          unsafe table[Int((base[index].bitPattern & magnitudeBits) >> UInt32(shift))] &+= 1
          index += 1
        }
      }
    }
  }

  private mutating func addMatching(_ values: Span<Float>, shift: Int) {
    let known = UInt32(shift + Self.widths[digit])
    let sought = prefix >> known
    let digitBits = UInt32(1 << Self.widths[digit] - 1)
    unsafe counts.withUnsafeMutableBufferPointer { counts in
      unsafe values.withUnsafeBufferPointer { values in
        guard let table = counts.baseAddress, let base = values.baseAddress else { return }
        for index in 0..<values.count {
          let key = unsafe base[index].bitPattern & magnitudeBits
          if key >> known == sought { unsafe table[Int(key >> UInt32(shift) & digitBits)] &+= 1 }
        }
      }
    }
  }
}

/// All bits of a float but its sign.
let magnitudeBits: UInt32 = 0x7FFF_FFFF
