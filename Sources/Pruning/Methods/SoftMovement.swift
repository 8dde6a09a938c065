import Autodiff
import Glibc
import Kernels
import Networks

/// Soft movement pruning: as movement pruning, but scores are cut at a threshold that grows to `threshold`, and a penalty
/// on them decides how sparse the network gets.
///
/// Every layer keeps at least 0.5 % of its weights.
///
/// - Source: Sanh, Wolf, Rush, "Movement pruning: adaptive sparsity by fine-tuning", 2020, arXiv 2005.07683, section 4.
package struct SoftMovement: LearnedMethod {
  private let scoreRate: Double
  private let threshold: Double
  private let penalty: Double

  private static let leastKept = 0.005

  package init(scoreRate: Double, threshold: Double, penalty: Double) {
    self.scoreRate = scoreRate
    self.threshold = threshold
    self.penalty = penalty
  }

  package var ramp: Ramp { .cubic }

  package var auxiliaryOptimizer: OptimizerConfig? { .ofMovementScores }

  package func auxiliaryRate(weightRate: Double, peakRate: Double, moment: PruningMoment) -> Double {
    peakRate > 0 ? scoreRate * weightRate / peakRate : 0
  }

  package func rankingScores(_ layer: LearnedLayer) -> Tensor? { nil }

  /// Fraction of the final threshold, and of the final penalty, in force.
  private func reached(_ moment: PruningMoment) -> Double {
    guard moment.step >= moment.startStep else { return 0 }
    let ramp = moment.endStep - moment.startStep
    return ramp == 0 ? 1 : Ramp.cubic.share(at: Double(moment.step - moment.startStep) / Double(ramp))
  }

  package func decide(_ layers: [LearnedLayer], at moment: PruningMoment) {
    let share = reached(moment)
    guard share > 0 else { return }
    let limit = share * threshold
    // sigmoid(s) > limit
    let bound = Float(log(limit / (1 - limit)))
    for layer in layers {
      let scores = layer.auxiliary.value
      let least = Int((Self.leastKept * Double(scores.count)).rounded(.up))
      let mask = KeepMask(above: bound, of: scores)
      layer.mask = mask.keptCount < least ? KeepMask(keeping: least, highestOf: scores) : mask
    }
  }

  package func pullBack(_ gradient: inout Tensor, _ layer: LearnedLayer, at moment: PruningMoment) -> Tensor {
    let factor = penalty * reached(moment) / Double(layer.weight.count * layer.siblings)
    let score = SigmoidMask(sharpness: 1, scale: 1).slopes(
      of: layer.auxiliary.value, times: factor, added: Elementwise.product(gradient, layer.weight))
    layer.mask?.apply(to: &gradient)
    return score
  }
}
