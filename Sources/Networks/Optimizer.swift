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

extension OptimizerConfig {
  /// An optimizer for `parameters`, all alike but for weight decay, or by `groups`.
  ///
  /// - Throws: `.emptyGroup`, `.ungrouped`.
  package func optimizer(
    for parameters: [(path: String, parameter: Parameter)], groups: [ParameterGroup]?
  ) throws(OptimizerError) -> any Optimizer {
    func grouped(_ weightDecay: Double, _ scope: DecayScope) throws(OptimizerError) -> [GroupedParameter] {
      guard let groups else { return GroupedParameter.ungrouped(parameters, weightDecay: weightDecay, scope: scope) }
      return try GroupedParameter.grouped(parameters, by: groups)
    }
    switch self {
    case .sgd(let config):
      return SGD(config, grouped: try grouped(config.weightDecay, config.decayScope))
    case .adam(let config):
      return Adam(config, decay: .ofGradients, grouped: try grouped(config.weightDecay, config.decayScope))
    case .adamW(let config):
      return Adam(config, decay: .ofWeights, grouped: try grouped(config.weightDecay, config.decayScope))
    }
  }
}
