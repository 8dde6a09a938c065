/// What an update of the pruning schedule decided.
package struct PruningUpdate: Equatable, Sendable {
  package let step: Int
  /// Share of the target in force from here on, 0...1.
  package let share: Double
  /// Weights pruned from here on, of `total`.
  package let scheduled: Int
  package let total: Int
  /// Layers whose share of the final target (of the current one where layers are ranked anew) the cap changed.
  package let capped: [CappedLayer]
  /// Share that the ramp itself has come to, where it is over and still short of the target, which is put in force all
  /// the same; nil elsewhere.
  package let forcedFrom: Double?

  /// A layer that the cap keeps from losing what the budget's rule would take.
  package struct CappedLayer: Equatable, Sendable {
    package let path: String
    package let weights: Int
    package let uncapped: Int
    package let pruned: Int
  }
}
