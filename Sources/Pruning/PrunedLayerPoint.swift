/// The pruning state of one layer between two steps.
package struct PrunedLayerPoint: Equatable, Sendable {
  package let path: String
  /// Weights kept by the hard mask.
  package let nonzero: Int
  package let total: Int
  /// Magnitude threshold; nil where the method has none, and before pruning starts.
  package let threshold: Double?
  /// PDP's temperature divided by the squared threshold; nil for other methods.
  package let relativeTemperature: Double?
  /// Positions whose hard mask changed since the layers were last described.
  package let maskFlips: Int
}
