import Kernels

/// Finds the first layer of a pass whose result is not finite.
package final class FiniteWitness: PassWitness {
  /// Path of that layer; nil while all results have been finite.
  package private(set) var culprit: String?

  package init() {}

  /// - Cost: one pass over `value`, until a culprit is found.
  package func look(at value: Tensor, of path: String) {
    guard culprit == nil, !Elementwise.isFinite(value) else { return }
    culprit = path
  }
}
