/// How well a network does on a set of examples.
struct Score: Equatable, Sendable {
  /// Mean loss an example, without label smoothing and distillation.
  var loss: Double
  /// By name, as results and metrics are called, the one that tables lead with first.
  var measures: [Measure]

  struct Measure: Equatable, Sendable {
    var name: String
    /// Fractions for shares of examples; correlations as they are.
    var value: Double
  }

  /// - Precondition: at least one measure.
  init(loss: Double, measures: [Measure]) {
    precondition(!measures.isEmpty, "Score: no measure")
    self.loss = loss
    self.measures = measures
  }

  var headline: Measure { measures[0] }
}
