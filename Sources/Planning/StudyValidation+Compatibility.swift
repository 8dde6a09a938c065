import Pruning
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
  /// What the method can prune, by the engine's word.
  var structures: [StructureKind] {
    config(epochs: 1).structures.map { kind in
      switch kind {
      case .unstructured: .unstructured
      case .groups: .groups
      case .blocks: .blocks
      case .channels: .channels
      }
    }
  }
}
