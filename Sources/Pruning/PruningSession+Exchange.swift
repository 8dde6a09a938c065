import Autodiff
import Kernels

extension PruningSession {
  /// Drops the smallest kept weights of every layer and grows as many others, where the method says so.
  ///
  /// The gradients are still those of all weights. A weight that was pruned before starts from zero; one that is dropped
  /// and grown in the same exchange keeps its value.
  func exchange(_ method: any RegrowingMethod) {
    guard let share = method.exchangedShare(at: moment) else { return }
    for (index, target) in targets.enumerated() {
      guard let target = target as? WeightTarget, let mask = state.layers[index].mask?.kept else { continue }
      let active = mask.keptCount
      // What is dropped may grow again, so that a layer with few others exchanges as many.
      let count = min(method.exchangedCount(share: share, active: active), active)
      guard count > 0 else { continue }
      let growth = method.growthScores(of: target, moment: moment, seed: seed)
      let kept = mask.exchanging(count, magnitudes: target.parameter.value, growth: growth)
      state.layers[index].mask = HardMask(kept: kept, threshold: nil)
      target.project(kept)
    }
    skipsUpdate = method.skipsUpdate
  }
}

extension KeepMask {
  /// The mask without its `count` smallest magnitudes, and with as many of all others whose growth scores are highest.
  func exchanging(_ count: Int, magnitudes: Tensor, growth: Tensor) -> KeepMask {
    // Below all magnitudes, and below all scores.
    var rank = Tensor(repeating: -1, shape: magnitudes.shape)
    rank.withMutableElements { rank in
      magnitudes.withElements { values in
        for index in rank.indices where self[index] { rank[index] = abs(values[index]) }
      }
    }
    let active = keptCount
    var kept = KeepMask(keeping: active - count, highestOf: rank)
    var candidates = growth
    candidates.withMutableElements { scores in
      for index in scores.indices where kept[index] { scores[index] = -.infinity }
    }
    let grown = KeepMask(keeping: count, highestOf: candidates)
    for index in 0..<kept.count where grown[index] { kept[index] = true }
    return kept
  }
}
