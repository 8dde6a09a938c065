/// Optimizer and its hyperparameters, fully resolved.
package enum OptimizerConfig: Codable, Equatable, Sendable {
  case sgd(SGDConfig)
}

/// Stochastic gradient descent as PyTorch defines it.
package struct SGDConfig: Codable, Equatable, Sendable {
  /// Which parameters weight decay pulls towards zero.
  package enum DecayScope: String, Codable, Sendable, CaseIterable {
    case allParameters = "all-parameters"
    /// Convolution and linear weights only: none on normalisation parameters and biases.
    case weightsOnly = "weights-only"
  }

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

/// Learning rate as a function of the step.
package enum LearningRateConfig: Codable, Equatable, Sendable {
  /// Linear from 0 to `peak` over `warmupEpochs`, then half a cosine down to 0 at the last step.
  case cosine(peak: Double, warmupEpochs: Double)
}
