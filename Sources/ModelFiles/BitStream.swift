/// Numbers of a few bits one behind the other, from the lowest bit of the first byte upwards.
struct BitWriter {
  private(set) var bytes: [UInt8] = []
  private var pending: UInt64 = 0
  private var pendingBits = 0

  /// Appends the lowest `bits` bits of `value`, the lowest first.
  ///
  /// - Precondition: `bits` in 0...32, `value` below 2^bits.
  mutating func append(_ value: Int, bits: Int) {
    pending |= UInt64(value) << UInt64(pendingBits)
    pendingBits += bits
    while pendingBits >= 8 {
      bytes.append(UInt8(truncatingIfNeeded: pending))
      pending >>= 8
      pendingBits -= 8
    }
  }

  /// Ends at a multiple of 4 bytes, with zero bits.
  mutating func pad() {
    if pendingBits > 0 { append(0, bits: 8 - pendingBits) }
    while bytes.count % 4 != 0 { bytes.append(0) }
  }
}

/// Reads what `BitWriter` has written.
struct BitReader {
  private let bytes: [UInt8]
  private var next = 0
  private var pending: UInt64 = 0
  private var pendingBits = 0

  init(_ bytes: [UInt8]) {
    self.bytes = bytes
  }

  /// The next number of `bits` bits.
  ///
  /// - Precondition: as many bits are left; `bits` in 0...32.
  mutating func read(bits: Int) -> Int {
    while pendingBits < bits {
      pending |= UInt64(bytes[next]) << UInt64(pendingBits)
      next += 1
      pendingBits += 8
    }
    let value = pending & ((1 << UInt64(bits)) - 1)
    pending >>= UInt64(bits)
    pendingBits -= bits
    return Int(value)
  }

  /// Whether no bit is set behind what was read.
  var isAtPadding: Bool { pending == 0 && bytes[next...].allSatisfy { $0 == 0 } }
}
