import StudyKit

/// A structure without its numbers.
enum StructureKind: String {
  case unstructured = "single weights"
  case groups = "N:M groups"
  case blocks = "blocks"
  case channels

  /// How a study file writes it.
  var example: String {
    switch self {
    case .unstructured: ".unstructured(0.9)"
    case .groups: ".groups(keeping: 2, of: 4)"
    case .blocks: ".blocks(size: 4, 0.9)"
    case .channels: ".channels(0.5)"
    }
  }
}

extension StudyKit.Structure {
  var kind: StructureKind {
    switch self {
    case .unstructured: .unstructured
    case .groups: .groups
    case .blocks: .blocks
    case .channels: .channels
    }
  }
}

extension Method {
  /// What the method can prune.
  var structures: [StructureKind] {
    switch self {
    case .dense: []
    case .gmp, .gmpNested, .oneShot, .random: [.unstructured, .groups, .blocks, .channels]
    case .pdp: [.unstructured, .groups, .channels]
    case .dnw: [.unstructured, .groups, .blocks]
    case .acdc: [.unstructured, .groups]
    case .iterativeMagnitude, .set, .rigL, .graNet, .str, .continuousSparsification, .optG, .movement, .softMovement,
      .snip, .grasp, .synFlow:
      [.unstructured]
    case .srSTE, .asp, .lbc: [.groups]
    case .l1Norm, .l2Norm, .fpgm, .slimming, .taylor, .hRank, .chip: [.channels]
    }
  }
}
