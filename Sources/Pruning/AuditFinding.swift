/// A disagreement between weights and what was decided or recorded about them.
package enum AuditFinding: Equatable, Sendable, CustomStringConvertible {
  case notFinite(layer: String, count: Int, weights: Int)
  case maskedNotZero(layer: String, count: Int, masked: Int, first: Int)
  case denseHasZeros(layer: String, zeros: Int, weights: Int, reason: String)
  case groupsBroken(layer: String, pattern: String, keeping: Int, PatternCount)
  case blocksBroken(layer: String, pattern: String, PatternCount)
  /// Channels that are gone from the weights that make them and not from `member`.
  case channelsIncomplete(group: String, member: String, count: Int, dropped: Int, first: Int)
  /// `unit` is `weights` or `channels`.
  case aboveCap(layer: String, pruned: Int, of: Int, limit: Int, unit: String)
  case belowFloor(layer: String, pruned: Int, of: Int, limit: Int, unit: String)
  case layerCount(layer: String, recorded: Int, found: Int)
  /// A headline number of the run.
  case result(name: String, recorded: Double, found: Int)
  case counts(unit: String, requested: Int, scheduled: Int, achieved: Int)
  case digest(path: String, recorded: String, found: String)

  /// Whether a stored file is not what was written, whatever its contents.
  package var isDamage: Bool {
    if case .digest = self { true } else { false }
  }

  package var description: String {
    switch self {
    case .notFinite(let layer, let count, let weights):
      "layer '\(layer)': \(count) of \(weights) weights are not finite"
    case .maskedNotZero(let layer, let count, let masked, let first):
      "layer '\(layer)': \(count) of \(masked) masked weights are not zero, the first at index \(first)"
    case .denseHasZeros(let layer, let zeros, let weights, let reason):
      "layer '\(layer)': \(zeros) of \(weights) weights are zero, expected none: \(reason)"
    case .groupsBroken(let layer, let pattern, let keeping, let count):
      "layer '\(layer)': \(count.broken) of \(count.total) groups of \(pattern) have more than \(keeping) nonzero "
        + "weights" + Self.place(count)
    case .blocksBroken(let layer, let pattern, let count):
      "layer '\(layer)': \(count.broken) of \(count.total) blocks of \(pattern) are zero in part" + Self.place(count)
    case .channelsIncomplete(let group, let member, let count, let dropped, let first):
      "channel group '\(group)': \(count) of \(dropped) pruned channels are not zero in '\(member)', the first is "
        + "channel \(first)"
    case .aboveCap(let layer, let pruned, let of, let limit, let unit):
      "layer '\(layer)': \(pruned) of \(of) \(unit) are pruned, its cap allows \(limit)"
    case .belowFloor(let layer, let pruned, let of, let limit, let unit):
      "layer '\(layer)': \(pruned) of \(of) \(unit) are pruned, its floor asks for \(limit)"
    case .layerCount(let layer, let recorded, let found):
      "layer '\(layer)': \(found) weights are zero, the run recorded \(recorded)"
    case .result(let name, let recorded, let found):
      "result '\(name)': counted \(found), the run recorded \(Self.number(recorded))"
    case .counts(let unit, let requested, let scheduled, let achieved):
      "pruned \(unit) disagree: requested \(requested), scheduled \(scheduled), achieved \(achieved)"
    case .digest(let path, let recorded, let found):
      "weights file '\(path)' has SHA-256 \(found), the run recorded \(recorded)"
    }
  }

  private static func place(_ count: PatternCount) -> String {
    count.first.map { ", the first at \($0) with \($0.nonzeros)" } ?? ""
  }

  private static func number(_ value: Double) -> String { Int(exactly: value).map { "\($0)" } ?? "\(value)" }
}

/// Written as its message and the layer or group that it is about.
extension AuditFinding: Encodable {
  private enum CodingKeys: String, CodingKey {
    case message
    case isDamage
  }

  package func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(description, forKey: .message)
    try container.encode(isDamage, forKey: .isDamage)
  }
}
