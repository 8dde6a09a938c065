import Autodiff
import Kernels

/// Stochastic gradient descent with momentum, as PyTorch defines it.
package final class SGD: Optimizer {
  private let config: SGDConfig
  private let parameters: [GroupedParameter]
  /// Momentum buffers by parameter path; all zero at the start.
  private var velocities: [String: Tensor]

  package init(_ config: SGDConfig, grouped parameters: [GroupedParameter]) {
    self.config = config
    self.parameters = parameters
    velocities = [:]
    for entry in parameters { velocities[entry.path] = Tensor(repeating: 0, shape: entry.parameter.shape) }
  }

  package convenience init(_ config: SGDConfig, parameters: [(path: String, parameter: Parameter)]) {
    self.init(
      config,
      grouped: GroupedParameter.ungrouped(parameters, weightDecay: config.weightDecay, scope: config.decayScope))
  }

  package func update(rate: Double, gradientFactor: Double) {
    for entry in parameters {
      guard let gradient = entry.parameter.gradient, var velocity = velocities.removeValue(forKey: entry.path) else {
        continue
      }
      OptimizerUpdate.sgd(
        &entry.parameter.value, velocity: &velocity, gradient: gradient, gradientFactor: Float(gradientFactor),
        rate: Float(rate * entry.rateFactor), momentum: Float(config.momentum), nesterov: config.nesterov,
        decay: Float(entry.weightDecay))
      velocities[entry.path] = velocity
    }
  }

  package func withMoments(of path: String, _ body: (inout Tensor) -> Void) {
    // Taken out while it is written to, so that it is not copied.
    guard var velocity = velocities.removeValue(forKey: path) else { return }
    body(&velocity)
    velocities[path] = velocity
  }

  /// The momentum buffers, under the parameters' own paths.
  package var state: OptimizerState { OptimizerState(moments: velocities) }

  package func restore(_ state: OptimizerState) throws(OptimizerError) {
    try state.requireForm(of: self.state)
    velocities = state.moments
  }
}
