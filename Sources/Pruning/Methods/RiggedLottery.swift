import Glibc
import Kernels

/// RigL: a random mask from the first step on, of which a falling share is exchanged at intervals for the weights with
/// the largest gradients.
///
/// The exchanged share is `share / 2 (1 + cos(pi t / T))` until `until` of training. The optimizer's update is left out
/// at a step of exchange.
///
/// - Source: Evci, Gale, Menick, Castro, Elsen, "Rigging the lottery: making all tickets winners", 2020,
///   arXiv 1911.11134; order of drop and growth as in google-research/rigl.
package struct RiggedLottery: RegrowingMethod {
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
  package var skipsUpdate: Bool { true }

  package func exchangedShare(at moment: PruningMoment) -> Double? {
    guard moment.isMultiple(of: interval, until: until) else { return nil }
    return Self.share(share, at: moment.progress / until)
  }

  /// Exchanged share at a fraction of the time in which weights are exchanged.
  package static func share(_ share: Double, at fraction: Double) -> Double {
    share / 2 * (1 + cos(.pi * min(fraction, 1)))
  }
}
