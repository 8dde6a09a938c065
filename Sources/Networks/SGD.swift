import Autodiff
import Kernels

/// Stochastic gradient descent with momentum, as PyTorch defines it.
package final class SGD {
  private let config: SGDConfig
  private let parameters: [(path: String, parameter: Parameter)]
  /// Momentum buffers by parameter path; all zero at the start.
  package private(set) var velocities: [String: Tensor]

  package init(_ config: SGDConfig, parameters: [(path: String, parameter: Parameter)]) {
    self.config = config
    self.parameters = parameters
    velocities = [:]
    for (path, parameter) in parameters { velocities[path] = Tensor(repeating: 0, shape: parameter.shape) }
  }

  /// One update of every parameter that has a gradient; the gradients stay.
  package func update(rate: Double) {
    for (path, parameter) in parameters {
      guard let gradient = parameter.gradient, var velocity = velocities.removeValue(forKey: path) else { continue }
      let decays = parameter.role == .weight || config.decayScope == .allParameters
      OptimizerUpdate.sgd(
        &parameter.value, velocity: &velocity, gradient: gradient, rate: Float(rate), momentum: Float(config.momentum),
        nesterov: config.nesterov, decay: decays ? Float(config.weightDecay) : 0)
      velocities[path] = velocity
    }
  }

  /// Sets the momentum buffer of one parameter, when resuming and when a pruning method resets moments.
  ///
  /// - Precondition: the parameter is known and has the same shape.
  package func setVelocity(_ velocity: Tensor, of path: String) {
    precondition(
      velocities[path]?.shape == velocity.shape, "momentum of '\(path)': shape \(velocity.shape) does not fit")
    velocities[path] = velocity
  }
}
