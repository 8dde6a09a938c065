import Autodiff
import Kernels

/// LBC: every group of an N:M pattern starts with all combinations of N positions, each with a score, and drops the
/// lowest until one is left.
///
/// A weight is there as long as any combination that is left has it. Scores learn by the sum of gradient times weight over
/// their positions.
///
/// - Shapes: learnt numbers [groups, combinations]; groups in the order of their first elements.
/// - Source: Zhang et al., "Learning best combination for efficient N:M sparsity", 2022, arXiv 2206.06662; zyxxmu/LBC.
package struct LearnedCombinations: LearnedMethod {
  private let combinations: GroupCombinations

  package init(keeping: Int, of size: Int) {
    combinations = GroupCombinations(keeping: keeping, of: size)
  }

  package var ramp: Ramp { .cubic }

  package func auxiliary(for target: WeightTarget) -> Tensor {
    Tensor(
      repeating: Float(combinations.initialScore),
      shape: [target.count / combinations.size, combinations.count])
  }

  package func rankingScores(_ layer: LearnedLayer) -> Tensor? { nil }

  /// How many combinations a group has left at `share` of the target.
  private func left(at share: Double) -> Int {
    1 + Int((Double(combinations.count - 1) * (1 - share)).rounded())
  }

  package func decide(_ layers: [LearnedLayer], at moment: PruningMoment) {
    let left = left(at: moment.share)
    for layer in layers {
      var alive = layer.candidates ?? KeepMask(repeating: true, count: layer.auxiliary.value.count)
      guard layer.candidates == nil || alive.keptCount != left * layer.auxiliary.shape[0] else { continue }
      combinations.drop(to: left, scores: layer.auxiliary.value, alive: &alive)
      layer.candidates = alive
      layer.mask = combinations.mask(of: alive, over: layer.target.shape)
    }
  }

  package func pullBack(_ gradient: inout Tensor, _ layer: LearnedLayer, at moment: PruningMoment) -> Tensor {
    let product = Elementwise.product(gradient, layer.weight)
    layer.mask?.apply(to: &gradient)
    return combinations.sums(of: product)
  }
}
