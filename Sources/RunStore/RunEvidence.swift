import Training

/// Everything that a report says about one run of a plan, as the database has it.
package struct RunEvidence: Equatable, Sendable {
  package var id: String
  package var status: RunStatus
  /// Why it failed, diverged or stopped, in one line; empty otherwise.
  package var reason: String
  /// `Numerics.version` of the engine that trained it; nil before its first attempt.
  package var numerics: Int?
  /// Headline numbers by name; those that are not finite are left out.
  package var results: [String: Double]
  /// Code and machine of each attempt, in order.
  package var attempts: [Provenance]
  /// Finite points of the lineage that counts, by name, split and step.
  package var metrics: [MetricPoint]
  package var layers: [LayerDescription]
  /// Points of the lineage that counts, by layer and step.
  package var layerPoints: [LayerPoint]
  /// What the exported network took in use, one example at a time, when it was measured last; nil if it never was.
  package var latency: Latency?

  package init(
    id: String, status: RunStatus, reason: String = "", numerics: Int? = nil, results: [String: Double] = [:],
    attempts: [Provenance] = [], metrics: [MetricPoint] = [], layers: [LayerDescription] = [],
    layerPoints: [LayerPoint] = [], latency: Latency? = nil
  ) {
    self.id = id
    self.status = status
    self.reason = reason
    self.numerics = numerics
    self.results = results
    self.attempts = attempts
    self.metrics = metrics
    self.layers = layers
    self.layerPoints = layerPoints
    self.latency = latency
  }
}
