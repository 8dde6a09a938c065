import Autodiff
import Glibc
import Kernels

/// Continuous sparsification: a score a weight whose sigmoid masks it, ever sharper, with a penalty on the masks.
///
/// `mask = sigmoid(beta q) / sigmoid(q0)`, with beta growing from 1 by the epoch. Where the schedule's ramp ends, the mask
/// is made hard, the factor `1 / sigmoid(q0)` goes into the weights, and they are tuned with the mask fixed.
///
/// - Source: Savarese, Silva, Maire, "Winning the lottery with continuous sparsification", 2020, arXiv 1912.04427.
/// - Note: Deviation: one round, and tuning goes on from the searched weights instead of rewound ones.
package struct ContinuousSparsification: LearnedMethod {
  private let initial: Double
  private let penalty: Double
  private let sharpness: Double
  private let kept: MethodConfig.Selection

  package init(initial: Double, penalty: Double, sharpness: Double, selection: MethodConfig.Selection) {
    self.initial = initial
    self.penalty = penalty
    self.sharpness = sharpness
    kept = selection
  }

  package var ramp: Ramp { .atEnd }
  package var isSoft: Bool { true }

  package func fixingStep(_ timetable: Timetable) -> Int? { timetable.endStep }

  package func auxiliary(for target: WeightTarget) -> Tensor {
    Tensor(repeating: Float(initial), shape: target.shape)
  }

  package func rankingScores(_ layer: LearnedLayer) -> Tensor? {
    kept == .highest ? layer.auxiliary.value : nil
  }

  /// Sharpness of the masks at an epoch of the search: 1 at the first, the whole at the last.
  package static func beta(epoch: Int, epochs: Int, final: Double) -> Double {
    epochs > 1 ? pow(final, Double(min(epoch, epochs - 1)) / Double(epochs - 1)) : final
  }

  private func beta(_ moment: PruningMoment) -> Double {
    let epochs = (moment.endStep + moment.stepsPerEpoch - 1) / moment.stepsPerEpoch
    return Self.beta(epoch: moment.epoch, epochs: epochs, final: sharpness)
  }

  package func effective(_ layer: LearnedLayer, at moment: PruningMoment) -> Tensor? {
    SigmoidMask(sharpness: beta(moment), scale: 1 / sigmoid(initial)).product(layer.auxiliary.value, layer.weight)
  }

  package func pullBack(_ gradient: inout Tensor, _ layer: LearnedLayer, at moment: PruningMoment) -> Tensor {
    SigmoidMask(sharpness: beta(moment), scale: 1 / sigmoid(initial)).pullBack(
      &gradient, scores: layer.auxiliary.value, weight: layer.weight, penalty: penalty)
  }

  package func finalMask(_ layer: LearnedLayer, at moment: PruningMoment) -> KeepMask? {
    switch kept {
    case .sign: KeepMask(positivesOf: layer.auxiliary.value)
    case .highest:
      layer.pruned > 0
        ? KeepMask(keeping: layer.target.count - layer.pruned, highestOf: layer.auxiliary.value) : nil
    }
  }

  package func folded(_ layer: LearnedLayer, at moment: PruningMoment) -> Tensor {
    let masked = finalMask(layer, at: moment)?.product(with: layer.weight) ?? layer.weight
    return Elementwise.scaled(masked, by: Float(1 / sigmoid(initial)))
  }
}

private func sigmoid(_ x: Double) -> Double { 1 / (1 + exp(-x)) }
