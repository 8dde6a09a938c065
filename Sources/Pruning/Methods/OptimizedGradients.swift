import Glibc
import Kernels
import Networks

/// OptG: a score a weight that collects the gradient times the weight, a global threshold on it once an epoch, and a
/// sigmoid ramp centred on the middle of training.
///
/// - Source: Zhang et al., "Optimizing gradient-driven criteria in network sparsity: gradient is all you need", 2022,
///   arXiv 2201.12826; zyxxmu/OptG.
/// - Note: the sigmoid only nears the target; where the study's ramp ends, the whole target is in force.
package struct OptimizedGradients: LearnedMethod {
  private let steepness: Double

  package init(steepness: Double) {
    self.steepness = steepness
  }

  package var ramp: Ramp { .sigmoid(steepness: steepness) }

  package var auxiliaryOptimizer: OptimizerConfig? {
    .sgd(SGDConfig(momentum: 0.9, nesterov: false, weightDecay: 0, decayScope: .allParameters))
  }

  package func auxiliaryRate(weightRate: Double, peakRate: Double, moment: PruningMoment) -> Double {
    weightRate / (1 + exp(-steepness * (Double(moment.epoch) - moment.epochs / 2)))
  }
}
