import Kernels

/// Sparse evolutionary training (SET): a random mask from the first step on, of which the smallest weights are exchanged
/// for random ones at intervals.
///
/// - Source: Mocanu et al., "Scalable training of artificial neural networks with adaptive sparse connectivity inspired
///   by network science", 2018, arXiv 1707.04780.
/// - Note: the smallest magnitudes go, where the paper takes the smallest positive and the largest negative weights; new
///   weights start from zero, where the paper draws them.
package struct SparseEvolution: RegrowingMethod {
  private let share: Double
  private let interval: Int
  private let until: Double

  package init(share: Double, interval: Int, until: Double) {
    self.share = share
    self.interval = interval
    self.until = until
  }

  package var ramp: Ramp { .beforeTraining }
  package var ranking: Ranking { .once }
  package var initialSparsity: Double { 1 }

  package func exchangedShare(at moment: PruningMoment) -> Double? {
    moment.isMultiple(of: interval, until: until) ? share : nil
  }

  package func growthScores(of target: WeightTarget, moment: PruningMoment, seed: Seed) -> Tensor {
    let stream = seed.stream("growth/\(target.path)/\(moment.step)")
    return Tensor((0..<target.count).map { Float(stream.uniform(at: $0)) }, shape: target.shape)
  }
}

extension PruningMoment {
  /// Whether this is a step of a series that starts after the first interval and ends at a fraction of training.
  func isMultiple(of interval: Int, until: Double) -> Bool {
    step > 0 && step % interval == 0 && Double(step) < until * Double(totalSteps)
  }
}
