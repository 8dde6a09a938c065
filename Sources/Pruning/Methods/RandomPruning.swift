import Kernels

/// Random pruning: where the warm-up ends, exactly as many positions as the budget says go, drawn from the seed.
///
/// The draw depends on the seed and the layer's path alone, so it is the same whatever the other layers are.
package struct RandomPruning: PruningMethod {
  package init() {}

  package var ramp: Ramp { .atStart }
  package var ranking: Ranking { .once }

  package func hardMask(of weight: Tensor, pruned: Int, path: String, seed: Seed) -> HardMask {
    var kept = KeepMask(repeating: true, count: weight.count)
    for index in seed.stream("random-mask/\(path)").permutation(of: weight.count).prefix(pruned) {
      kept[index] = false
    }
    return HardMask(kept: kept, threshold: nil)
  }
}
