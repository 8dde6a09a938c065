import Kernels

/// State of an optimizer.
package struct OptimizerState {
  /// Moments by parameter path, with the moment's name behind it where a parameter has several.
  package var moments: [String: Tensor]
  /// Updates done by parameter path; empty where the optimizer does not count.
  package var updates: [String: Int]

  package init(moments: [String: Tensor], updates: [String: Int] = [:]) {
    self.moments = moments
    self.updates = updates
  }

  /// Checks that this state has the keys and shapes of `other`.
  func requireForm(of other: OptimizerState) throws(OptimizerError) {
    let misshapen = other.moments.filter { moments[$0.key].map(\.shape) ?? $0.value.shape != $0.value.shape }
    let missing =
      other.moments.keys.filter { moments[$0] == nil } + other.updates.keys.filter { updates[$0] == nil }
    let unused =
      moments.keys.filter { other.moments[$0] == nil } + updates.keys.filter { other.updates[$0] == nil }
    guard missing.isEmpty, unused.isEmpty, misshapen.isEmpty else {
      throw .stateMismatch(missing: missing.sorted(), unused: unused.sorted(), misshapen: misshapen.keys.sorted())
    }
  }
}
