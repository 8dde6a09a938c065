/// How the payload of a tensor says which of its elements are stored: all others are zero, with all bits zero.
///
/// The definition of each, bit by bit, is with `CompactFile`.
enum CompactEncoding: Equatable {
  /// All of them.
  case dense
  /// Those whose bit is set.
  case bitmask
  /// Those between runs of zeros, which `codes` numbers of `bits` bits count.
  case gaps(bits: Int, codes: Int)
  /// `keeping` of every `size` consecutive input channels.
  case groups(keeping: Int, of: Int)

  /// As headers name it.
  enum Word: String, CaseIterable {
    case dense
    case bitmask
    case gaps
    case groups
  }

  var word: Word {
    switch self {
    case .dense: .dense
    case .bitmask: .bitmask
    case .gaps: .gaps
    case .groups: .groups
    }
  }

  /// Widths that gaps may have.
  ///
  /// 255 zeros a byte, at most, bound how much a small file can stand for.
  static let gapBits = 2...8
  /// Sizes that groups may have.
  static let groupSizes = 2...16

  /// Bits of an index within a group of `size`.
  static func indexBits(_ size: Int) -> Int { Int.bitWidth - (size - 1).leadingZeroBitCount }

  /// Bits behind the values of a tensor of `count` elements, `values` of which are stored.
  ///
  /// - Precondition: neither `values` nor a number of codes is above 2^58.
  func indexBits(count: Int, values: Int) -> Int {
    switch self {
    case .dense: 0
    case .bitmask: count
    case .gaps(let bits, let codes): bits * codes
    case .groups(_, let size): values * Self.indexBits(size)
    }
  }

  /// Bytes of a payload: values of `valueBytes` each, then the index bits, padded to a multiple of 4 bytes.
  func payloadBytes(count: Int, values: Int, valueBytes: Int) -> Int {
    values * valueBytes + (indexBits(count: count, values: values) + 31) / 32 * 4
  }
}
