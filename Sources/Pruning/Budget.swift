/// How the network's sparsity is shared out over its layers.
package struct Budget: Codable, Equatable, Sendable {
  package enum Rule: String, Codable, Sendable, CaseIterable {
    /// One ranking over all prunable weights, taken when pruning starts.
    case global
    /// The same sparsity in every layer.
    case uniform
    /// A layer's density in proportion to the sum of its extents over their product.
    case erk
    /// The shares that another run ended with.
    case transferred
  }

  package var rule: Rule
  /// Highest sparsity a layer may get, 0...1; the rest is solved again so that the network's total is met.
  package var cap: Double
  /// Lowest sparsity of a layer; nil for 0.
  package var floor: Double?
  /// What holds for layers whose path fits a pattern, the last fitting rule counting; nil for none.
  package var layers: [LayerRule]?
  /// Whether a global ranking divides each layer's magnitudes by their root mean square; nil for no.
  package var isNormalized: Bool?

  package init(
    rule: Rule, cap: Double, floor: Double? = nil, layers: [LayerRule]? = nil, isNormalized: Bool? = nil
  ) {
    self.rule = rule
    self.cap = cap
    self.floor = floor
    self.layers = layers
    self.isNormalized = isNormalized
  }
}

/// What holds for the layers whose path fits a pattern, in which `*` stands for any characters.
package struct LayerRule: Codable, Equatable, Sendable {
  package var pattern: String
  package var treatment: Treatment

  package enum Treatment: Codable, Equatable, Sendable {
    /// Nothing of the layer is pruned.
    case dense
    /// The layer gets this sparsity, and the others are solved for the rest of the network's total.
    case sparsity(Double)
    case cap(Double)
    case floor(Double)
  }

  package init(_ pattern: String, _ treatment: Treatment) {
    self.pattern = pattern
    self.treatment = treatment
  }
}

/// Which special layers are pruned like the rest.
package struct LayerPolicy: Codable, Equatable, Sendable {
  /// The first convolution.
  package var prunesStem: Bool
  package var prunesDepthwise: Bool
  /// The last linear layer.
  package var prunesClassifier: Bool

  package init(prunesStem: Bool, prunesDepthwise: Bool, prunesClassifier: Bool) {
    self.prunesStem = prunesStem
    self.prunesDepthwise = prunesDepthwise
    self.prunesClassifier = prunesClassifier
  }

  package static let everyLayer = LayerPolicy(prunesStem: true, prunesDepthwise: true, prunesClassifier: true)
}

/// How a method without a target of its own is brought to one: training again with another value of its one knob.
package struct KnobSearch: Codable, Equatable, Sendable {
  /// Largest distance of the achieved from the requested sparsity that ends the search.
  package var tolerance: Double
  /// Trainings at most; the closest one counts if none is within the tolerance.
  package var trials: Int

  package init(tolerance: Double, trials: Int) {
    self.tolerance = tolerance
    self.trials = trials
  }
}
