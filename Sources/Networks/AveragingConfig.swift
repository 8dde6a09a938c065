import Foundation

/// How the exponential moving average of a network's weights is taken.
package struct AveragingConfig: Codable, Equatable, Sendable {
  /// Share of the average that stays at an update, 0..<1.
  package var decay: Double
  /// Whether the decay of early updates is smaller, so that the first weights are soon forgotten.
  package var warmsUp: Bool

  package init(decay: Double, warmsUp: Bool) {
    self.decay = decay
    self.warmsUp = warmsUp
  }

  /// Decay of the update after `updates` others: 0 at first, so that the average starts at the weights then.
  ///
  /// - Source: PyTorch's `AveragedModel` with `get_ema_multi_avg_fn`; the warm-up min(decay, 1 - (1 + updates)^(-2/3)) is
  ///   the default of `ModelEmaV3` in timm.
  package func decay(after updates: Int) -> Double {
    guard updates > 0 else { return 0 }
    return warmsUp ? min(decay, 1 - pow(1 + Double(updates), -2 / 3)) : decay
  }
}
