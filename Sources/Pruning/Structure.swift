import Kernels

/// The pattern that pruned weights form.
package enum Structure: Codable, Equatable, Sendable {
  case unstructured
  /// Of every `of` consecutive input channels, at one output channel and kernel position, `keeping` weights stay.
  case groups(keeping: Int, of: Int)
  /// Runs of `size` consecutive input channels, at one output channel and kernel position, go together (1xB).
  case blocks(size: Int)
  /// Whole output channels, with everything that depends on them, attention heads and feed-forward rows among them; as
  /// many stay in a group as `minimum` says, and as a multiple of `multiple`.
  ///
  /// Norms of heads and of feed-forward rows are not comparable: a global ranking is of use only within one of the two,
  /// the other kept dense or at a sparsity of its own by a rule for its names.
  case channels(minimum: Int, multiple: Int)

  /// Structures apart from their sizes.
  package enum Kind: String, Sendable, CaseIterable {
    case unstructured
    case groups = "N:M groups"
    case blocks
    case channels
  }

  package var kind: Kind {
    switch self {
    case .unstructured: .unstructured
    case .groups: .groups
    case .blocks: .blocks
    case .channels: .channels
    }
  }

  /// The structure's name in run log and tables, such as `2:4` or `1x4`.
  package var name: String {
    switch self {
    case .unstructured: "unstructured"
    case .groups(let keeping, let size): "\(keeping):\(size)"
    case .blocks(let size): "1x\(size)"
    case .channels: "channel"
    }
  }
}

extension Structure {
  /// Why the structure cannot be had in a weight of `shape`; nil if it can.
  package func misfit(_ shape: Shape) -> String? {
    switch self {
    case .unstructured, .channels: return nil
    case .groups(_, let size), .blocks(let size):
      guard shape.rank >= 2, shape[1] % size == 0 else {
        let inputs = shape.rank >= 2 ? "\(shape[1]) input channels a group" : "no input channels"
        return "has \(inputs), no multiple of \(size)"
      }
      return nil
    }
  }
}
