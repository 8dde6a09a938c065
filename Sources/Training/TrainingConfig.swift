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

  package init(
    epochs: Int, batchSize: Int, optimizer: OptimizerConfig, learningRate: LearningRateConfig, labelSmoothing: Double,
    evaluationInterval: Int
  ) {
    self.epochs = epochs
    self.batchSize = batchSize
    self.optimizer = optimizer
    self.learningRate = learningRate
    self.labelSmoothing = labelSmoothing
    self.evaluationInterval = evaluationInterval
  }
}
