import Autodiff
import Glibc
import Kernels

extension PruningSession {
  /// Fixes how many weights of each layer are pruned from `step` on, and which, for methods with a hard mask.
  func update(
    at step: Int, _ method: any PruningMethod, _ probe: (any NetworkProbe)?
  ) throws -> PruningUpdate {
    let before = state.share
    state.share = timetable.share(at: step)
    if before > state.share { release() }
    let capped: [PruningUpdate.CappedLayer]
    if let method = method as? any InitialScoring {
      capped = try choose(method, probe)
    } else {
      capped = try allocate(method, probe)
      try refuseEmptiedLayers(at: step)
      try choose(method, probe)
    }
    try refuseEmptiedLayers(at: step)
    return PruningUpdate(
      step: step, share: state.share, scheduled: scheduled, total: total, capped: capped,
      forcedFrom: step == timetable.endStep ? timetable.forcedFrom : nil)
  }

  private func refuseEmptiedLayers(at step: Int) throws(PruningError) {
    for layer in state.layers where max(layer.pruned, layer.target ?? 0) >= max(layer.weights, 1) {
      throw .layerEmptied(path: layer.path, weights: layer.weights, step: step)
    }
  }

  /// Chooses masks for the counts in force, where the method has hard ones.
  private func choose(_ method: any PruningMethod, _ probe: (any NetworkProbe)?) throws {
    guard !(method is any SoftPruningMethod), !(method is any LearnedMethod) else { return }
    let scores = try channelScores(method, probe)
    for (index, target) in targets.enumerated() {
      let pruned = state.layers[index].pruned
      guard pruned > 0 else {
        state.layers[index].mask = nil
        continue
      }
      let mask =
        if let scores {
          target.hardMask(dropping: pruned, byScore: Tensor(scores[index].map { Float($0) }, shape: [target.count]))
        } else if startsAtRandom(method) {
          randomMask(of: target, pruned: pruned)
        } else {
          method.hardMask(of: target, pruned: pruned, seed: seed)
        }
      state.layers[index].mask = mask
    }
    guard method.storage == .projected else { return }
    // All are chosen before any is applied: channels of one group have weights in the filters of others.
    for (index, target) in targets.enumerated() {
      if let mask = state.layers[index].mask { target.project(mask.kept) }
    }
  }

  private func channelScores(_ method: any PruningMethod, _ probe: (any NetworkProbe)?) throws -> [[Double]]? {
    guard let method = method as? any ChannelScoring, state.share > 0 else { return nil }
    guard let probe else {
      throw PruningError.probeUnavailable(method: config.method.name, reason: "no network to look at")
    }
    return try method.channelScores(of: targets.compactMap { $0 as? ChannelTarget }, probe: probe)
  }

  /// Forgets masks and with them the moments: pruned weights go on from zero.
  private func release() {
    for index in state.layers.indices { state.layers[index].mask = nil }
    resetsMoments = true
  }

  /// Scores weights before training, in as many rounds as the method asks for, and takes the lowest away.
  ///
  /// Round k of n keeps a fraction `density^(k/n)`.
  private func choose(
    _ method: any InitialScoring, _ probe: (any NetworkProbe)?
  ) throws -> [PruningUpdate.CappedLayer] {
    guard let probe else {
      throw PruningError.probeUnavailable(method: config.method.name, reason: "no network to look at")
    }
    let stored = learnedWeights()
    var cappedLayers: [PruningUpdate.CappedLayer] = []
    for round in 1...method.rounds {
      let scores = try method.scores(of: targets, probe: probe)
      let pruned =
        round == method.rounds
        ? requested
        : Int((Double(total) * (1 - pow(1 - config.sparsity, Double(round) / Double(method.rounds)))).rounded())
      cappedLayers = try allocate(byScores: scores, pruned: pruned)
      for (index, target) in targets.enumerated() {
        let count = state.layers[index].pruned
        state.layers[index].mask = nil
        guard count > 0 else { continue }
        let mask = target.hardMask(dropping: count, byScore: scores[index])
        state.layers[index].mask = mask
        target.project(mask.kept)
      }
    }
    // Projection in between has to leave what stays in the end as it was.
    for (index, target) in targets.enumerated() {
      guard let target = target as? WeightTarget else { continue }
      target.parameter.value = stored[index]
      if let mask = state.layers[index].mask { target.project(mask.kept) }
    }
    return cappedLayers
  }

  private func learnedWeights() -> [Tensor] {
    targets.map { ($0 as? WeightTarget)?.parameter.value ?? $0.magnitudes }
  }

  /// Sets counts from a ranking of scores, or from the budget's rule where it does not rank.
  private func allocate(byScores scores: [Tensor], pruned: Int) throws(PruningError) -> [PruningUpdate.CappedLayer] {
    let layers = budgetLayers(scores: scores)
    let shares = try config.budget.shares(
      of: layers, pruned: pruned, progress: Double(pruned) / Double(max(1, requested)))
    for (index, share) in shares.enumerated() { state.layers[index].pruned = share.pruned }
    return capped(shares)
  }

  /// Whether the mask chosen now is the random one that a method starts with.
  private func startsAtRandom(_ method: any PruningMethod) -> Bool {
    guard step == 0, let method = method as? any RegrowingMethod else { return false }
    return method.initialSparsity > 0
  }

  func randomMask(of target: any PruningTarget, pruned: Int) -> HardMask {
    RandomPruning().hardMask(of: target, pruned: pruned, seed: seed)
  }

  /// Sets the layers' pruned counts for the share in force.
  ///
  /// Shares of a budget that ranks nothing, and of a method that ranks once, are fixed at the first update, and counts
  /// are `round(target * share)` from then on; otherwise the network's `round(requested * share)` is ranked anew.
  private func allocate(
    _ method: any PruningMethod, _ probe: (any NetworkProbe)?
  ) throws -> [PruningUpdate.CappedLayer] {
    let counts = targets.map { $0.patternCount(at: state.share) }
    if counts.contains(where: { $0 != nil }) {
      for (index, count) in counts.enumerated() { state.layers[index].pruned = count ?? 0 }
      return []
    }
    if let method = method as? any LearnedMethod {
      guard learned.allSatisfy({ method.rankingScores($0) != nil }) else { return [] }
    }
    let unit = targets.first?.unitSize ?? 1
    let layers = try budgetLayers(scores: ranked(method, probe))
    var budget = config.budget
    // A random mask has nothing to do with magnitudes before training.
    if budget.rule == .global, startsAtRandom(method) { budget.rule = .erk }
    guard config.budget.rule != .global || method.ranking == .once else {
      let shares = try budget.shares(of: layers, pruned: share(of: requested) / unit, progress: state.share)
      for (index, share) in shares.enumerated() {
        state.layers[index].pruned = targets[index].rounded(share.pruned * unit)
      }
      return capped(shares)
    }
    var cappedLayers: [PruningUpdate.CappedLayer] = []
    if state.layers.contains(where: { $0.target == nil }) {
      let shares = try budget.shares(of: layers, pruned: requested / unit)
      for (index, share) in shares.enumerated() {
        state.layers[index].target = targets[index].rounded(share.pruned * unit)
      }
      cappedLayers = capped(shares)
    }
    for index in targets.indices {
      state.layers[index].pruned = targets[index].rounded(share(of: state.layers[index].target ?? 0))
    }
    return cappedLayers
  }

  /// What a global budget ranks where it is not magnitudes.
  private func ranked(_ method: any PruningMethod, _ probe: (any NetworkProbe)?) throws -> [Tensor]? {
    if let method = method as? any LearnedMethod {
      return learned.compactMap { method.rankingScores($0) }
    }
    return try channelScores(method, probe)?.map { scores in
      Tensor(scores.map { Float($0) }, shape: [scores.count])
    }
  }

  /// The targets as budgets see them, ranked by `scores` in place of their magnitudes.
  func budgetLayers(scores: [Tensor]? = nil) -> [BudgetLayer] {
    targets.enumerated().map { index, target in
      BudgetLayer(
        path: target.path, values: scores?[index] ?? target.magnitudes, ranksBySign: scores != nil,
        shape: target.shape, mostPruned: target.mostPruned / target.unitSize, transferred: transferred[target.path])
    }
  }

  private func share(of target: Int) -> Int { Int((Double(target) * state.share).rounded()) }

  private func capped(_ shares: [LayerShare]) -> [PruningUpdate.CappedLayer] {
    zip(targets, shares).filter { $1.uncapped > $1.pruned }.map { target, share in
      PruningUpdate.CappedLayer(
        path: target.path, weights: target.count, uncapped: share.uncapped * target.unitSize,
        pruned: share.pruned * target.unitSize)
    }
  }
}
