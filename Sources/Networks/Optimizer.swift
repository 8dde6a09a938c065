import Autodiff
import Kernels

/// Rule by which parameters learn from their gradients, with its state.
package protocol Optimizer: AnyObject {
  /// One update of every parameter that has a gradient; the gradients stay.
  ///
  /// Every gradient counts `gradientFactor` times, which is how clipping costs no pass over memory.
  func update(rate: Double, gradientFactor: Double)

  /// Lends each moment of the parameter at `path` for writing; none if the parameter is not known.
  func withMoments(of path: String, _ body: (inout Tensor) -> Void)

  /// What a checkpoint must hold for training to continue with the same bits.
  var state: OptimizerState { get }

  /// Takes up a checkpoint's state.
  ///
  /// - Throws: `.stateMismatch` with everything that does not fit; nothing is taken up then.
  func restore(_ state: OptimizerState) throws(OptimizerError)
}

extension Optimizer {
  /// An update by the gradients as they are.
  package func update(rate: Double) { update(rate: rate, gradientFactor: 1) }
}
