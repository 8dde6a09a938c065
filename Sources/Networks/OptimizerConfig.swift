/// Optimizer and its hyperparameters, fully resolved.
package enum OptimizerConfig: Codable, Equatable, Sendable {
  case sgd(SGDConfig)
  /// Weight decay is added to the gradient.
  case adam(AdamConfig)
  /// Weight decay shrinks the weight itself, in proportion to the learning rate.
  case adamW(AdamConfig)
}

/// Which parameters weight decay pulls towards zero.
package enum DecayScope: String, Codable, Sendable, CaseIterable {
  case allParameters = "all-parameters"
  /// Convolution and linear weights only: none on normalisation parameters and biases.
  case weightsOnly = "weights-only"
}

/// Stochastic gradient descent as PyTorch defines it.
package struct SGDConfig: Codable, Equatable, Sendable {
  package var momentum: Double
  package var nesterov: Bool
  package var weightDecay: Double
  package var decayScope: DecayScope

  package init(momentum: Double, nesterov: Bool, weightDecay: Double, decayScope: DecayScope) {
    self.momentum = momentum
    self.nesterov = nesterov
    self.weightDecay = weightDecay
    self.decayScope = decayScope
  }
}

/// Adam and AdamW as PyTorch defines them.
package struct AdamConfig: Codable, Equatable, Sendable {
  /// How much the running mean of the gradient keeps at an update, 0..<1.
  package var beta1: Double
  /// How much the running mean of the squared gradient keeps at an update, 0..<1.
  package var beta2: Double
  /// Added to the root of the mean square.
  package var epsilon: Double
  package var weightDecay: Double
  package var decayScope: DecayScope

  package init(beta1: Double, beta2: Double, epsilon: Double, weightDecay: Double, decayScope: DecayScope) {
    self.beta1 = beta1
    self.beta2 = beta2
    self.epsilon = epsilon
    self.weightDecay = weightDecay
    self.decayScope = decayScope
  }
}
