import Pruning
import StudyKit

extension StudyKit.Structure {
  /// Fraction of all prunable weights removed, of channels where they are pruned.
  var sparsity: Double {
    switch self {
    case .unstructured(let sparsity), .blocks(_, let sparsity), .channels(let sparsity, _, _): sparsity
    case .groups(let kept, let size): 1 - Double(kept) / Double(size)
    }
  }

  var config: Pruning.Structure {
    switch self {
    case .unstructured: .unstructured
    case .groups(let kept, let size): .groups(keeping: kept, of: size)
    case .blocks(let size, _): .blocks(size: size)
    case .channels(_, let minimum, let multiple): .channels(minimum: minimum, multiple: multiple)
    }
  }

  var prunesChannels: Bool {
    if case .channels = self { true } else { false }
  }
}
