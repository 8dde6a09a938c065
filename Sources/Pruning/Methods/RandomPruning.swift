import Kernels

/// Random pruning: where the warm-up ends, exactly as many positions as the budget says go, drawn from the seed.
///
/// The draw depends on the seed and the layer's path alone, so it is the same whatever the other layers are.
package struct RandomPruning: PruningMethod {
  package init() {}

  package var ramp: Ramp { .atStart }
  package var ranking: Ranking { .once }

  package func hardMask(of target: any PruningTarget, pruned: Int, seed: Seed) -> HardMask {
    let stream = seed.stream("random-mask/\(target.path)")
    guard target.unitSize == 1, target.patternCount(at: 1) == nil else {
      let scores = (0..<target.count).map { Float(stream.uniform(at: $0)) }
      return target.hardMask(dropping: pruned, byScore: Tensor(scores, shape: target.shape))
    }
    var kept = KeepMask(repeating: true, count: target.count)
    for index in stream.permutation(of: target.count).prefix(pruned) { kept[index] = false }
    return HardMask(kept: kept, threshold: nil)
  }
}
