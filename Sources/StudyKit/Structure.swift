/// The pattern that pruned weights form, and how many they are.
public enum Structure: Codable, Equatable, Sendable {
  /// Any weights; `sparsity` is the fraction of all prunable weights removed.
  case unstructured(_ sparsity: Double)
  /// Of every `of` consecutive input channels, at one output channel and kernel position, `keeping` weights stay: N:M
  /// keeps N. Its sparsity is 1 - N/M.
  case groups(keeping: Int, of: Int)
  /// Runs of `size` consecutive input channels, at one output channel and kernel position, go together (1xB); `sparsity`
  /// is the fraction of all prunable weights removed.
  case blocks(size: Int, _ sparsity: Double)
  /// Whole output channels, with everything that depends on them; `sparsity` is the fraction of all prunable channels
  /// removed. A layer keeps at least `minimum` channels, and as many as a multiple of `multiple`.
  case channels(_ sparsity: Double, minimum: Int = 1, multiple: Int = 1)
}
