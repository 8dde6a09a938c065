/// Counts of pruned weights, or of channels, after freezing: what was asked for, what the schedule ended at, what the weights show.
package struct FrozenNetwork: Equatable, Sendable {
  /// `round(sparsity * total)`.
  package let requested: Int
  package let layers: [Layer]

  /// One layer's part.
  package struct Layer: Equatable, Sendable {
    package let path: String
    package let total: Int
    /// Weights (or channels) that the last value of the schedule prunes.
    package let scheduled: Int
    /// Exact zeros counted in the frozen weights; channels whose every value is one.
    package let achieved: Int
  }

  package var total: Int { layers.reduce(0) { $0 + $1.total } }
  package var scheduled: Int { layers.reduce(0) { $0 + $1.scheduled } }
  package var achieved: Int { layers.reduce(0) { $0 + $1.achieved } }
}
