/// What is pruned, how far, when and by which method; fully resolved.
package struct PruningConfig: Codable, Equatable, Sendable {
  package var method: MethodConfig
  package var structure: Structure
  /// Fraction of all prunable weights (of channels, where they are pruned) removed at the end, 0..<1; 0 with `.dense`.
  package var sparsity: Double
  package var budget: Budget
  package var schedule: PruningSchedule
  package var eligibility: Eligibility

  // What follows is left out of a configuration's text where it is not set, so that configurations written before it
  // existed keep their text and with it their runs' identities.

  /// Which special layers are pruned; nil for all.
  package var policy: LayerPolicy?
  /// How a method whose sparsity is an outcome is brought to the target; nil to take what comes.
  package var search: KnobSearch?

  package init(
    method: MethodConfig, structure: Structure, sparsity: Double, budget: Budget, schedule: PruningSchedule,
    eligibility: Eligibility, policy: LayerPolicy? = nil, search: KnobSearch? = nil
  ) {
    self.method = method
    self.structure = structure
    self.sparsity = sparsity
    self.budget = budget
    self.schedule = schedule
    self.eligibility = eligibility
    self.policy = policy
    self.search = search
  }
}

/// When pruning starts and how long it takes to reach its target, in epochs.
package struct PruningSchedule: Codable, Equatable, Sendable {
  /// Epochs before the first weight is pruned.
  package var warmupEpochs: Double
  /// Epochs from there until the final sparsity.
  package var rampEpochs: Double

  package init(warmupEpochs: Double, rampEpochs: Double) {
    self.warmupEpochs = warmupEpochs
    self.rampEpochs = rampEpochs
  }
}

/// Which weights may be pruned.
package enum Eligibility: String, Codable, Sendable, CaseIterable {
  /// Every convolution and linear weight, stem, depthwise and classifier included.
  case allConvolutionAndLinearWeights = "all-convolution-and-linear-weights"
}
