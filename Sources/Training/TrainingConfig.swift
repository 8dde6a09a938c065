import Networks

/// How a network is trained, fully resolved.
package struct TrainingConfig: Codable, Equatable, Sendable {
  package var epochs: Int
  /// Examples a step; the last, shorter batch of an epoch is dropped from training (never from evaluation).
  package var batchSize: Int
  package var optimizer: OptimizerConfig
  package var learningRate: LearningRateConfig
  /// Share of the target's probability spread evenly over all classes, 0..<1.
  package var labelSmoothing: Double
  /// Test accuracy is measured every so many epochs, and always after the last.
  package var evaluationInterval: Int

  // What follows is left out of a configuration's text where it is not set, so that configurations written before it
  // existed keep their text and with it their runs' identities.

  /// Parameter groups in place of the optimizer's weight decay for all; nil for none.
  package var parameterGroups: [ParameterGroup]?
  /// Largest norm of all gradients together, beyond which they are scaled down; nil for no clipping.
  package var gradientNormLimit: Double?
  /// Average of the weights that is evaluated and exported in their place; nil for none.
  package var averaging: AveragingConfig?
  /// Learning from a teacher besides the labels; nil for the labels alone.
  package var distillation: DistillationConfig?

  package init(
    epochs: Int, batchSize: Int, optimizer: OptimizerConfig, learningRate: LearningRateConfig, labelSmoothing: Double,
    evaluationInterval: Int, parameterGroups: [ParameterGroup]? = nil, gradientNormLimit: Double? = nil,
    averaging: AveragingConfig? = nil, distillation: DistillationConfig? = nil
  ) {
    self.epochs = epochs
    self.batchSize = batchSize
    self.optimizer = optimizer
    self.learningRate = learningRate
    self.labelSmoothing = labelSmoothing
    self.evaluationInterval = evaluationInterval
    self.parameterGroups = parameterGroups
    self.gradientNormLimit = gradientNormLimit
    self.averaging = averaging
    self.distillation = distillation
  }
}
