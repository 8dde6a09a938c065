/// What is pruned, how far, when and by which method; fully resolved.
package struct PruningConfig: Codable, Equatable, Sendable {
  package var method: MethodConfig
  package var structure: Structure
  /// Fraction of all prunable weights removed at the end, 0..<1; 0 with `.dense`.
  package var sparsity: Double
  package var budget: Budget
  package var schedule: PruningSchedule
  package var eligibility: Eligibility

  package init(
    method: MethodConfig, structure: Structure, sparsity: Double, budget: Budget, schedule: PruningSchedule,
    eligibility: Eligibility
  ) {
    self.method = method
    self.structure = structure
    self.sparsity = sparsity
    self.budget = budget
    self.schedule = schedule
    self.eligibility = eligibility
  }
}

/// The pattern that pruned weights form.
package enum Structure: Codable, Equatable, Sendable {
  case unstructured
}

/// How the network's sparsity is shared out over its layers.
package struct Budget: Codable, Equatable, Sendable {
  package enum Rule: String, Codable, Sendable, CaseIterable {
    /// One magnitude ranking over all prunable weights, taken when pruning starts.
    case global
    /// The same sparsity in every layer.
    case uniform
  }

  package var rule: Rule
  /// Highest sparsity a layer may get, 0...1; the rest is solved again so that the network's total is met.
  package var cap: Double

  package init(rule: Rule, cap: Double) {
    self.rule = rule
    self.cap = cap
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

/// Pruning method with its hyperparameters.
package enum MethodConfig: Codable, Equatable, Sendable {
  case dense
  case pdp(temperature: Temperature)
  case gmp(storage: Storage)
  case oneShot
  case random

  /// Sharpness of PDP's soft mask.
  package enum Temperature: Codable, Equatable, Sendable {
    /// tau in squared weight units, as in the paper.
    case absolute(Double)
    /// kappa in tau = kappa * t^2, per layer.
    case relative(Double)
  }

  /// Whether pruned weights keep their stored values.
  package enum Storage: String, Codable, Sendable, CaseIterable {
    /// The mask is taken anew from stored values; a pruned weight may come back.
    case shadow
    /// Pruned weights are set to zero for good; the pruned set only grows (`gmp-nested`).
    case projected
  }

  /// The method's name in code, study files, run log and tables.
  package var name: String {
    switch self {
    case .dense: "dense"
    case .pdp: "pdp"
    case .gmp(storage: .shadow): "gmp"
    case .gmp(storage: .projected): "gmp-nested"
    case .oneShot: "one-shot"
    case .random: "random"
    }
  }
}
