import Kernels

/// What tells one pruning method from another; a conformer is one file in `Methods` and one case of `MethodConfig`.
///
/// Schedule, budget, storage of masks, projection and freezing are `PruningSession`'s.
package protocol PruningMethod {
  /// How the pruned share grows.
  var ramp: Ramp { get }
  /// When a global budget ranks the weights.
  var ranking: Ranking { get }
  /// Whether pruned weights keep their stored values.
  var storage: MethodConfig.Storage { get }

  /// Chooses the weights of the layer at `path` that go, at an update of the schedule.
  ///
  /// - Precondition: 0 < pruned < weight.count.
  func hardMask(of weight: Tensor, pruned: Int, path: String, seed: Seed) -> HardMask

  /// The soft mask that the layer trains with; nil for methods that train with the hard mask of the last update.
  ///
  /// A method with a soft mask gets its hard mask from the current weights wherever one is asked for. `last` is the
  /// layer's mask of the step before, if any: a hint, which may save time but not change the result.
  ///
  /// - Precondition: 0 < pruned < weight.count.
  func softMask(of weight: Tensor, pruned: Int, after last: SoftMask?) -> SoftMask?
}

/// When a global budget ranks the weights.
package enum Ranking: Equatable, Sendable {
  /// Once, when pruning starts; layers keep their share of the target from then on.
  case once
  /// Anew at every update of the schedule.
  case everyUpdate
}

extension PruningMethod {
  package var ranking: Ranking { .everyUpdate }
  package var storage: MethodConfig.Storage { .projected }

  package func hardMask(of weight: Tensor, pruned: Int, path: String, seed: Seed) -> HardMask {
    HardMask(droppingSmallest: pruned, of: weight)
  }

  package func softMask(of weight: Tensor, pruned: Int, after last: SoftMask?) -> SoftMask? { nil }
}

extension MethodConfig {
  /// The method itself; nil for dense training, which has nothing to decide.
  package var method: (any PruningMethod)? {
    switch self {
    case .dense: nil
    case .pdp(let temperature): PDP(temperature: temperature)
    case .gmp(let storage): GradualMagnitude(storage: storage)
    case .oneShot: OneShotMagnitude()
    case .random: RandomPruning()
    }
  }
}
