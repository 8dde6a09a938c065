/// The rules of all scalars, looked up in a table up to U+1FFFF and made anew beyond, where text hardly goes.
struct BertScalarTable: Sendable {
  /// Rules for lower-cased text without accents.
  static let lowercasing = BertScalarTable(lowercasing: true)
  /// Rules for text with its case and accents.
  static let casePreserving = BertScalarTable(lowercasing: false)

  /// First scalar behind the table.
  private static let end: UInt32 = 0x20000

  /// One entry a scalar: its kind above the lowest 21 bits, a scalar or an index of `expansions` in them.
  private var entries: [UInt32] = []
  private var expansions: [[BertScalarRule]] = []
  private let isLowercasing: Bool

  private init(lowercasing: Bool) {
    isLowercasing = lowercasing
    entries.reserveCapacity(Int(Self.end))
    for value in 0..<Self.end {
      let rule = Unicode.Scalar(value).map { BertScalarRule($0, lowercasing: lowercasing) } ?? .removed
      entries.append(pack(rule))
    }
  }

  func rule(of scalar: Unicode.Scalar) -> BertScalarRule {
    guard scalar.value < Self.end else { return BertScalarRule(scalar, lowercasing: isLowercasing) }
    let entry = entries[Int(scalar.value)]
    let value = entry & 0x1F_FFFF
    return switch entry >> 21 {
    case 0: .removed
    case 1: .barrier
    case 2: .space
    case 3: .letter(value)
    case 4: .isolated(value)
    case 5: .mark(value)
    default: .expansion(expansions[Int(value)])
    }
  }

  private mutating func pack(_ rule: BertScalarRule) -> UInt32 {
    switch rule {
    case .removed: return 0
    case .barrier: return 1 << 21
    case .space: return 2 << 21
    case .letter(let value): return 3 << 21 | value
    case .isolated(let value): return 4 << 21 | value
    case .mark(let value): return 5 << 21 | value
    case .expansion(let rules):
      expansions.append(rules)
      return 6 << 21 | UInt32(expansions.count - 1)
    }
  }
}
