import Digests
import Testing

@testable import Datasets

/// Every character against the reference: the digests come from `bert_scalars.py` beside this file.
@Suite struct BertScalarRuleTests {
  private static let scalars = [0..<0x33480, 0xE0000..<0xE0200].joined().compactMap { Unicode.Scalar(UInt32($0)) }

  /// The words of 'a', what a rule leaves, and 'b'.
  private func words(_ rule: BertScalarRule) -> String {
    func middle(_ rule: BertScalarRule) -> String {
      switch rule {
      case .removed, .barrier: ""
      case .space: " "
      case .letter(let value), .mark(let value): text(value)
      case .isolated(let value): " \(text(value)) "
      case .expansion(let rules): rules.map(middle).joined()
      }
    }
    return "a\(middle(rule))b"
  }

  private func text(_ value: UInt32) -> String {
    Unicode.Scalar(value).map { String($0) } ?? ""
  }

  @Test(arguments: [
    (true, "92d4ee82b81ca4cf2af39ce195707015fe23b5d7f90eeeff49e55edfcc13ad30"),
    (false, "81dc7b1f9eb548a98c16fd825922ab74776932f297bf060601441c54a6036303"),
  ])
  func everyCharacterIsTreatedAsByTheReference(lowercasing: Bool, digest: String) {
    let lines = Self.scalars.map { words(BertScalarRule($0, lowercasing: lowercasing)) }
    #expect(SHA256Digest(of: lines.joined(separator: "\n")).description == digest)
  }

  @Test func everyMarkIsOrderedAsByTheReference() {
    let lines = Self.scalars.filter { $0.bertDecomposition == [$0] }.map { scalar in
      let order = scalar.bertCombiningClass
      return [order > 1, order > 220, order > 0 && order < 240].map { $0 ? "1" : "0" }.joined()
    }
    #expect(
      SHA256Digest(of: lines.joined(separator: "\n")).description
        == "54566acc3e78b3c9f42b21d6abd79ddb9d365aa99e3da722224398d17fa98b70")
  }

  @Test(arguments: [true, false])
  func tableHoldsTheRules(lowercasing: Bool) {
    let table = lowercasing ? BertScalarTable.lowercasing : .casePreserving
    for scalar in Self.scalars {
      let rule = BertScalarRule(scalar, lowercasing: lowercasing)
      if table.rule(of: scalar) != rule { #expect(table.rule(of: scalar) == rule, "\(scalar)") }
    }
  }
}
