import Foundation

/// What BERT's normalisation makes of one Unicode scalar, and how the splitting into words treats the result.
///
/// The reference is the library `tokenizers` 0.23, whose parts know different versions of Unicode: categories are those
/// of version 8, canonical decompositions and combining classes those of version 9, lower case is that of this
/// toolchain. A scalar younger than a part has no property there, whatever the standard library says today.
enum BertScalarRule: Equatable, Sendable {
  /// Leaves no trace: a control, format or private-use character, or an accent that is stripped.
  case removed
  /// Leaves no trace but ends a run of combining marks: a stripped accent of combining class 0.
  case barrier
  case space
  /// A scalar of combining class 0 inside a word.
  case letter(UInt32)
  /// A scalar that is a word of its own: punctuation, or an ideograph.
  case isolated(UInt32)
  /// A scalar inside a word that combining marks beside it may change places with.
  case mark(UInt32)
  /// Two or more of the others.
  case expansion([BertScalarRule])

  /// Whether it can end no word.
  var staysInWord: Bool {
    switch self {
    case .removed, .barrier, .letter, .mark: true
    case .space, .isolated, .expansion: false
    }
  }

  init(_ scalar: Unicode.Scalar, lowercasing: Bool) {
    if scalar.isWhitespaceForBert {
      self = .space
    } else if scalar.isRemovedForBert {
      self = .removed
    } else if scalar.isIdeographForBert {
      self = .isolated((lowercasing ? scalar.bertDecomposition.first : nil)?.value ?? scalar.value)
    } else if !lowercasing {
      self = scalar.isPunctuationForBert ? .isolated(scalar.value) : .letter(scalar.value)
    } else {
      let parts = scalar.bertDecomposition.map(Self.stripped).filter { $0 != .removed }
      self = parts.count > 1 ? .expansion(parts) : parts.first ?? .removed
    }
  }

  /// The rule of one scalar of a decomposition.
  private static func stripped(_ scalar: Unicode.Scalar) -> Self {
    let isMark = scalar.bertCombiningClass != 0
    if scalar.isAccentForBert { return isMark ? .removed : .barrier }
    // Past the decomposition no lower case has two scalars.
    let lowered = scalar.properties.lowercaseMapping.unicodeScalars.first ?? scalar
    if lowered.isPunctuationForBert { return .isolated(lowered.value) }
    return isMark ? .mark(lowered.value) : .letter(lowered.value)
  }
}

extension Unicode.Scalar {
  /// Canonical combining class in Unicode 9.
  var bertCombiningClass: UInt8 {
    isKnown(toVersion: 9) ? properties.canonicalCombiningClass.rawValue : 0
  }

  fileprivate var isWhitespaceForBert: Bool {
    self == "\t" || self == "\n" || self == "\r"
      || properties.isWhitespace && properties.generalCategory != .control
  }

  fileprivate var isRemovedForBert: Bool {
    if value == 0xFFFD { return true }
    return switch bertCategory {
    case .control, .format, .privateUse: true
    default: false
    }
  }

  /// Blocks of ideographs that the original BERT lists.
  fileprivate var isIdeographForBert: Bool {
    switch value {
    case 0x3400...0x4DBF, 0x4E00...0x9FFF, 0xF900...0xFAFF, 0x20000...0x2A6DF, 0x2A700...0x2B81F, 0x2B920...0x2CEAF,
      0x2F800...0x2FA1F:
      true
    default: false
    }
  }

  fileprivate var isPunctuationForBert: Bool {
    switch value {
    case 0x21...0x2F, 0x3A...0x40, 0x5B...0x60, 0x7B...0x7E: return true
    case 0..<0x80: return false
    default: break
    }
    return switch bertCategory {
    case .connectorPunctuation, .dashPunctuation, .openPunctuation, .closePunctuation, .initialPunctuation,
      .finalPunctuation, .otherPunctuation:
      true
    default: false
    }
  }

  fileprivate var isAccentForBert: Bool { bertCategory == .nonspacingMark }

  /// Canonical decomposition in Unicode 9, in order.
  var bertDecomposition: [Unicode.Scalar] {
    guard value >= 0x80, isKnown(toVersion: 9) else { return [self] }
    return Array(String(self).decomposedStringWithCanonicalMapping.unicodeScalars)
  }

  /// General category in Unicode 8.
  private var bertCategory: Unicode.GeneralCategory {
    switch value {
    // Categories that later versions changed.
    case 0x166D, 0x111C9: .otherPunctuation
    case 0x1734, 0x1171E: .nonspacingMark
    case 0x1885, 0x1886: .otherLetter
    case 0xA9BD: .spacingMark
    default: isKnown(toVersion: 8) ? properties.generalCategory : .unassigned
    }
  }

  /// Whether `version`.0 of Unicode has this scalar.
  private func isKnown(toVersion version: Int) -> Bool {
    guard let age = properties.age else { return false }
    return age.major < version || age.major == version && age.minor == 0
  }
}
