import Kernels

/// What a pruning session remembers between steps besides the weights and learnt numbers; part of every checkpoint.
package struct PruningState: Codable, Equatable, Sendable {
  /// Share of the target in force, 0...1.
  package var share: Double
  package var layers: [Layer]
  /// Whether a learnt mask has been fixed; nil where there is none.
  package var isFixed: Bool?

  /// The part of one layer, or of one group of channels.
  package struct Layer: Codable, Equatable, Sendable {
    package var path: String
    package var weights: Int
    /// Weights that go at the end, once the layer's share is fixed.
    package var target: Int?
    /// Weights pruned now.
    package var pruned: Int
    /// The mask of the last update; nil before the first, and for methods that train with a soft mask.
    package var mask: HardMask?
    /// What was kept when the layer was last described; nil for everything.
    package var described: KeepMask?
    /// Alternatives that a method still considers; nil for methods without.
    package var candidates: KeepMask?
  }
}
