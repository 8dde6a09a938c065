import Kernels

/// Trainable tensor of a network: it has identity and is updated in place.
package final class Parameter {
  /// What an optimizer or a pruning method may take a parameter for.
  package enum Role: Sendable {
    /// Filters or a matrix: what pruning methods act on.
    case weight
    /// Table of embeddings.
    case embedding
    case bias
    /// Scale or shift of a normalisation.
    case normalization
  }

  package let role: Role
  /// Stored value.
  package var value: Tensor
  /// What the forward pass multiplies with in place of `value`, while a pruning method sets it.
  package var effective: Tensor?
  /// After the backward pass: gradient of the loss with respect to `active`; nil if none has arrived.
  package var gradient: Tensor?

  package init(_ value: Tensor, role: Role) {
    self.value = value
    self.role = role
  }

  package var shape: Shape { value.shape }

  /// The tensor that the forward pass reads.
  package var active: Tensor { effective ?? value }

  /// Adds `gradient` to what has arrived.
  package func accumulate(_ gradient: Tensor) {
    self.gradient.accumulate(gradient)
  }

  /// Lends what has arrived, zeros if nothing has, for adding to it in place.
  package func accumulate(_ body: (inout Tensor) -> Void) {
    var sum = gradient ?? Tensor(repeating: 0, shape: shape)
    // Forgotten while it is written to, so that it is not copied.
    gradient = nil
    body(&sum)
    gradient = sum
  }
}
