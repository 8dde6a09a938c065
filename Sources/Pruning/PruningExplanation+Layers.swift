import Kernels
import Networks

extension PruningExplanation {
  /// What `config` does to `network` in a training of `totalSteps` steps.
  ///
  /// `source` names the runs that a transferred budget comes from. Weights of the network are not looked at.
  ///
  /// - Throws: what keeps a session from starting: a fault of the configuration, nothing to prune, or a target that the
  ///   budget's limits leave no room for.
  package init(
    of config: PruningConfig, network: any PrunableNetwork, costs: [LayerCost], stepsPerEpoch: Int, totalSteps: Int,
    source: String? = nil
  ) throws(PruningError) {
    let targets = config.targets(in: network, costs: costs)
    // Shares of the other run are not known here: equal ones stand in for the session's checks.
    let session = try PruningSession(
      config, targets: targets, seed: Seed(0), stepsPerEpoch: stepsPerEpoch, totalSteps: totalSteps,
      transferred: Dictionary(targets.map { ($0.path, config.sparsity) }, uniquingKeysWith: { first, _ in first }))
    let decided = try Decision.all(session, config, source)
    let groups = config.structure.kind == .channels ? network.channelGroups() : []
    let layers = Self.layers(config, network, costs, decided, groups)
    method = config.method.name
    settings = config.method.explainedSettings
    structure = config.structure.name
    sparsity = config.sparsity
    gradient = config.explainedGradient
    storage = config.resolvedMethod?.storage ?? .shadow
    policy =
      network is BertClassifier
      ? "the encoder's linear maps alone" : config.policy?.explained ?? "every layer is pruned like the rest"
    budget = config.explainedBudget(source)
    let steps = session.timetable.updateSteps.filter { $0 < totalSteps }
    schedule = Schedule(
      stepsPerEpoch: stepsPerEpoch, totalSteps: totalSteps, startStep: session.timetable.startStep,
      endStep: session.timetable.endStep, updates: session.method == nil ? 0 : steps.count,
      lastUpdateStep: steps.last ?? 0)
    self.groups = groups.map { Group($0, config, decided, layers) }
    self.layers = layers
    let isChannels = config.structure.kind == .channels
    let known = layers.map(\.pruned.known)
    totals = Totals(
      unit: isChannels ? "channels" : "weights", requested: config.method.isEmergent ? nil : session.requested,
      prunable: session.total,
      prunedWeights: known.contains(nil)
        ? (isChannels || config.method.isEmergent ? nil : session.requested) : known.compactMap(\.self).reduce(0, +),
      prunableWeights: layers.filter(\.isPrunable).reduce(0) { $0 + $1.weights },
      weights: layers.reduce(0) { $0 + ($1.operation == LayerCost.Operation.embedding.rawValue ? 0 : $1.weights) },
      parameters: network.parameterCount)
  }

  /// What holds for one target.
  fileprivate struct Decision {
    let count: Count
    let budget: String

    /// By the targets' paths.
    static func all(
      _ session: PruningSession, _ config: PruningConfig, _ source: String?
    ) throws(PruningError) -> [String: Decision] {
      guard let method = session.method else { return [:] }
      let targets = session.targets
      let shares = try session.sharesKnownBeforeTraining()
      let steps = session.timetable.updateSteps.filter { $0 < session.totalSteps }
      let ranking = (method.ranking == .once ? steps.first : steps.last) ?? 0
      var decisions: [String: Decision] = [:]
      for (index, target) in targets.enumerated() {
        let rule = config.explainedRule(for: target, source)
        let count: Count
        var why = rule
        if let pattern = target.patternCount(at: 1) {
          count = .exactly(pattern)
        } else if config.method.isEmergent {
          count = .outcome
        } else if let share = shares?[index] {
          count = .exactly(target.rounded(share.pruned * target.unitSize))
          let uncapped = share.uncapped * target.unitSize
          if share.uncapped != share.pruned { why += "; \(percent(uncapped, of: target.count)) without limits" }
        } else if let fixed = config.budget.fixedCount(of: target) {
          count = .exactly(fixed)
        } else {
          count = config.budget.rule == .transferred ? .transferred : .rankedAtStep(ranking)
        }
        decisions[target.path] = Decision(count: count, budget: why)
      }
      return decisions
    }
  }

  private static func layers(
    _ config: PruningConfig, _ network: any PrunableNetwork, _ costs: [LayerCost], _ decided: [String: Decision],
    _ groups: [ChannelGroup]
  ) -> [Layer] {
    let eligibility = config.eligibility(of: network, costs: costs)
    let kept = eligibility.filter { !$0.isPrunable }
    let weights = zip(costs.filter(\.hasWeight), eligibility).map { cost, layer in
      let producing = groups.first { $0.producers.contains { $0.path == layer.path } }
      let decision = decided[producing?.name ?? layer.path]
      var reason = layer.reason
      if config.method != .dense, reason.isEmpty, decision == nil, let group = producing {
        // The other producer that keeps the group whole.
        let other = kept.first { other in group.producers.contains { $0.path == other.path } }
        reason = "its channels stay, as '\(other?.path ?? group.name)' is left alone"
      }
      let pruned: Count
      if config.method == .dense {
        pruned = .exactly(0)
      } else if groups.isEmpty {
        pruned = reason.isEmpty ? decision?.count ?? .exactly(0) : .exactly(0)
      } else {
        pruned = channelCount(of: cost, groups, decided)
      }
      return Layer(
        path: layer.path, operation: cost.operation.rawValue, shape: layer.shape.extents, weights: layer.shape.count,
        reason: reason, pattern: reason.isEmpty && config.structure != .unstructured ? config.structure.name : "",
        group: producing?.name, budget: reason.isEmpty ? decision?.budget ?? "dense training" : "", pruned: pruned)
    }
    let embeddings = costs.filter { $0.operation == .embedding }.map { cost in
      Layer(
        path: cost.path, operation: cost.operation.rawValue, shape: cost.shape.extents, weights: cost.shape.count,
        reason: network.exclusion(of: cost.path) ?? "table of embeddings", pattern: "", group: nil, budget: "",
        pruned: .exactly(0))
    }
    return embeddings + weights
  }

  /// Weights of a tensor that are zero when the channels go that it makes, passes on, or reads.
  private static func channelCount(
    of cost: LayerCost, _ groups: [ChannelGroup], _ decided: [String: Decision]
  ) -> Count {
    var kept = cost.shape.extents
    for group in groups {
      for slices in group.slices where slices.path == cost.path {
        guard let decision = decided[group.name] else { continue }
        guard case .exactly(let pruned) = decision.count else { return decision.count }
        kept[slices.axis] -= pruned * slices.width
      }
    }
    return .exactly(cost.shape.count - kept.reduce(1, *))
  }
}

extension PruningExplanation.Group {
  fileprivate init(
    _ group: ChannelGroup, _ config: PruningConfig, _ decided: [String: PruningExplanation.Decision],
    _ layers: [PruningExplanation.Layer]
  ) {
    let decision = decided[group.name]
    let blocking = layers.first { layer in !layer.isPrunable && group.producers.contains { $0.path == layer.path } }
    var kept = group.count
    if case .channels(let minimum, let multiple) = config.structure, decision != nil {
      kept = group.count - ChannelTarget(group, minimum: minimum, multiple: multiple).mostPruned
    }
    self.init(
      name: group.name, channels: group.count, kept: kept,
      reason: decision != nil ? "" : group.isPrunable ? blocking?.reason ?? "" : group.reason,
      budget: decision?.budget ?? "", pruned: decision?.count ?? .exactly(0),
      producers: group.producers.map(\.path), followers: group.followers.map(\.path),
      normalizations: group.normalizations.map(\.path), consumers: group.consumers.map(\.path))
  }
}

extension PruningSession {
  /// The layers' final shares where no ranking and no other run has a say; nil elsewhere.
  fileprivate func sharesKnownBeforeTraining() throws(PruningError) -> [LayerShare]? {
    guard config.budget.rule == .uniform || config.budget.rule == .erk, !config.method.isEmergent,
      targets.allSatisfy({ $0.patternCount(at: 1) == nil })
    else { return nil }
    return try config.budget.shares(of: budgetLayers(), pruned: requested / (targets.first?.unitSize ?? 1))
  }
}

extension Budget {
  /// Parts of `target` that rules by name alone fix; nil where something else has a say.
  fileprivate func fixedCount(of target: any PruningTarget) -> Int? {
    let limits = LayerLimits(self, path: target.path)
    guard let sparsity = limits.sparsity else { return limits.cap == 0 ? 0 : nil }
    return target.rounded(Int((sparsity * Double(target.count / target.unitSize)).rounded()) * target.unitSize)
  }
}
