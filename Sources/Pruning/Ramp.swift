/// How the pruned share grows from 0 at the start of pruning to the whole target at the end of the ramp.
package enum Ramp: Equatable, Sendable {
  /// In proportion to the epochs since the start, PDP's `min(1, epsilon (e - s))`.
  case linear
  /// Fast early, slow late.
  ///
  /// - Source: Zhu, Gupta, "To prune, or not to prune", 2017, arXiv 1710.01878, equation 1.
  case cubic
  /// All at once where the warm-up ends.
  case atStart
  /// All at once where the ramp ends.
  case atEnd
  /// All at once before the first step.
  case beforeTraining
  /// All at once where the warm-up ends, and chosen anew at every epoch edge from there.
  case everyEpoch
  /// Sparse and dense phases by turns, at fixed fractions of training.
  case alternating
  /// The same share of what is left at the end of each of several trainings; each starts again from where the first one
  /// was after `rewindEpochs`.
  case rounds(Int, rewindEpochs: Double, sparsity: Double)
  /// At every epoch e of E, `sigmoid(steepness (e - E / 2))`, and the whole target where the ramp ends.
  ///
  /// - Source: Zhang et al. 2022, arXiv 2201.12826.
  case sigmoid(steepness: Double)
  /// On a cubic ramp from `initialShare`, in updates so many steps apart.
  case intervals(Int, initialShare: Double)

  /// Share of the target at `progress` of the ramp; exactly 1 where `progress` is 1.
  ///
  /// - Units: `progress` as a fraction; values outside 0...1 count as the nearer end.
  package func share(at progress: Double) -> Double {
    let progress = min(max(progress, 0), 1)
    switch self {
    case .linear:
      return progress
    case .cubic:
      let left = 1 - progress
      return 1 - left * left * left
    case .atStart, .beforeTraining, .everyEpoch, .alternating, .rounds, .sigmoid, .intervals:
      return 1
    case .atEnd:
      return progress == 1 ? 1 : 0
    }
  }

  /// Sparsity at `epoch` of a cubic ramp between two sparsities.
  package static func cubicSparsity(
    atEpoch epoch: Double, start: Double, epochs: Double, from initial: Double, to final: Double
  ) -> Double {
    let progress = epochs > 0 ? (epoch - start) / epochs : (epoch < start ? 0 : 1)
    let share = cubic.share(at: progress)
    return share == 1 ? final : initial + (final - initial) * share
  }

  /// Sparsity at `epoch` of PDP's ramp, which grows by `epsilon` of `final` an epoch.
  package static func linearSparsity(
    atEpoch epoch: Double, start: Double, epsilon: Double, to final: Double
  ) -> Double {
    linear.share(at: epsilon * max(0, epoch - start)) * final
  }
}
