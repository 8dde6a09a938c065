import Kernels
import Networks

/// Movement pruning: a score a weight that learns by the gradient times the weight; the lowest scores go, on a cubic
/// ramp, and may come back.
///
/// - Source: Sanh, Wolf, Rush, "Movement pruning: adaptive sparsity by fine-tuning", 2020, arXiv 2005.07683.
/// - Note: with a global budget layers keep their counts from the end of the ramp on, where the source goes on ranking.
package struct Movement: LearnedMethod {
  private let scoreRate: Double
  private let isGlobal: Bool

  /// With a global budget the network's scores are ranked every 25 steps; otherwise each layer's at every step.
  package init(scoreRate: Double, isGlobal: Bool) {
    self.scoreRate = scoreRate
    self.isGlobal = isGlobal
  }

  package var ramp: Ramp { .intervals(isGlobal ? 25 : 1, initialShare: 0) }
  package var selection: SelectionTime { .everyStep }

  package var auxiliaryOptimizer: OptimizerConfig? { .ofMovementScores }

  package func auxiliaryRate(weightRate: Double, peakRate: Double, moment: PruningMoment) -> Double {
    peakRate > 0 ? scoreRate * weightRate / peakRate : 0
  }
}

extension OptimizerConfig {
  /// AdamW without decay, whatever the weights' optimizer: the penalty of soft movement is far too small for the steps of
  /// gradient descent.
  ///
  /// - Source: huggingface/transformers-research-projects, movement-pruning/masked_run_glue.py.
  static var ofMovementScores: OptimizerConfig {
    .adamW(AdamConfig(beta1: 0.9, beta2: 0.999, epsilon: 1e-8, weightDecay: 0, decayScope: .allParameters))
  }
}
