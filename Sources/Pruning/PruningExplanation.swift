/// What a configuration will do to every weight of one network, worked out before training and by the code that trains.
///
/// All counts are whole numbers of weights (or of channels, where that is said), so that shares can be checked.
package struct PruningExplanation: Encodable, Equatable, Sendable {
  /// `MethodConfig.name`.
  package let method: String
  package let settings: [Setting]
  /// `Structure.name`.
  package let structure: String
  /// Requested sparsity, of all prunable weights or channels.
  package let sparsity: Double
  package let gradient: Gradient
  package let storage: MethodConfig.Storage
  /// What the study says about special layers.
  package let policy: String
  /// How the sparsity is shared out over layers.
  package let budget: String
  package let schedule: Schedule
  /// Weights in the network's order, with tables of embeddings, which are no weights and stay, before them.
  package let layers: [Layer]
  /// Groups of channels in the network's order; empty unless channels are pruned.
  package let groups: [Group]
  package let totals: Totals

  /// A number or choice of the method.
  package struct Setting: Encodable, Equatable, Sendable {
    package let name: String
    package let value: String
  }

  /// What training does about weights that are pruned.
  package enum Gradient: Encodable, Equatable, Sendable {
    /// Nothing is pruned.
    case none
    case masked
    case straightThrough(pull: Double)
    /// A soft mask, whose gradient reaches the weights; `isThresholdAttached` says whether also by way of the threshold.
    case soft(isThresholdAttached: Bool)
    /// Scores or thresholds are learnt; `isSoft` says whether training goes with another mask than the final one.
    case learnt(isSoft: Bool)
  }

  /// When pruning happens, in steps and in epochs.
  package struct Schedule: Encodable, Equatable, Sendable {
    package let stepsPerEpoch: Int
    package let totalSteps: Int
    /// First step of pruning.
    package let startStep: Int
    /// First step from which on the whole target is in force for good.
    package let endStep: Int
    /// Moments at which masks are decided.
    package let updates: Int
    /// The last of them.
    package let lastUpdateStep: Int

    package var startEpoch: Double { Double(startStep) / Double(stepsPerEpoch) }
    package var endEpoch: Double { Double(endStep) / Double(stepsPerEpoch) }
  }

  /// One weight tensor, or a table of embeddings.
  package struct Layer: Encodable, Equatable, Sendable {
    /// Dotted path.
    package let path: String
    package let operation: String
    package let shape: [Int]
    package let weights: Int
    /// Why nothing of it is pruned; empty if something may be.
    package let reason: String
    /// What goes or stays as one in it, such as `2:4`; empty for single weights.
    package let pattern: String
    /// Name of the group whose channels the weight makes; nil elsewhere.
    package let group: String?
    /// Where its sparsity comes from; empty for a layer that nothing is pruned of.
    package let budget: String
    /// How much is pruned at the end: of the weights, those of channels that it reads included.
    package let pruned: Count

    package var isPrunable: Bool { reason.isEmpty }
  }

  /// Channels that go or stay together.
  package struct Group: Encodable, Equatable, Sendable {
    package let name: String
    package let channels: Int
    /// Channels that stay at least, the multiple that is asked for included; 0 if all stay.
    package let kept: Int
    /// Why none goes; empty if some may.
    package let reason: String
    package let budget: String
    package let pruned: Count
    /// Paths of weights that make the channels, of depthwise weights and normalisations that they pass through, and of
    /// weights that read them.
    package let producers: [String]
    package let followers: [String]
    package let normalizations: [String]
    package let consumers: [String]
  }

  /// A number of pruned weights or channels at the end of training.
  package enum Count: Encodable, Equatable, Sendable {
    case exactly(Int)
    /// A ranking decides it at this step.
    case rankedAtStep(Int)
    /// Another run decides it.
    case transferred
    /// Training decides it.
    case outcome

    package var known: Int? {
      if case .exactly(let count) = self { count } else { nil }
    }
  }

  /// Numerator and denominators of the sparsity.
  package struct Totals: Encodable, Equatable, Sendable {
    /// `weights` or `channels`: what `requested` and `prunable` count.
    package let unit: String
    /// Pruned at the end as asked for, `round(sparsity * prunable)` or what the pattern says; nil if training decides.
    package let requested: Int?
    package let prunable: Int
    /// Weights that are zero at the end; nil if not known before training.
    package let prunedWeights: Int?
    /// Weights of the tensors that may be pruned.
    package let prunableWeights: Int
    /// Weights of all convolutions and linear maps.
    package let weights: Int
    /// Everything that the network learns, biases and normalisations included.
    package let parameters: Int
  }
}

/// Written as who decides, with the count or the step of the ranking where there is one.
extension PruningExplanation.Count {
  private enum CodingKeys: String, CodingKey {
    case decided
    case count
    case step
  }

  package func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    switch self {
    case .exactly(let count):
      try container.encode("before training", forKey: .decided)
      try container.encode(count, forKey: .count)
    case .rankedAtStep(let step):
      try container.encode("by a ranking", forKey: .decided)
      try container.encode(step, forKey: .step)
    case .transferred: try container.encode("by another run", forKey: .decided)
    case .outcome: try container.encode("by training", forKey: .decided)
    }
  }
}
