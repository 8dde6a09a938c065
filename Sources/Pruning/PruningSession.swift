import Autodiff
import Kernels
import Networks

/// The pruning of one network during one training run.
///
/// The training loop calls `beforeForward`, `afterBackward` and `afterUpdate` at every step, and `freeze` at the end.
/// No tape is involved: effective weights are built before the forward pass, and the gradients with respect to them
/// are turned into gradients with respect to the stored weights before the optimizer's update.
package final class PruningSession {
  let config: PruningConfig
  package let targets: [any PruningTarget]
  let method: (any PruningMethod)?
  package let timetable: Timetable
  let seed: Seed
  let stepsPerEpoch: Int
  let totalSteps: Int
  /// Shares by path that a transferred budget starts from.
  let transferred: [String: Double]
  /// The layers of a method with learnt numbers, in the order of `targets`; empty for others.
  package let learned: [LearnedLayer]

  /// What a checkpoint must hold for the run to continue with the same bits, besides weights, moments and learnt numbers.
  package internal(set) var state: PruningState
  /// Step of the coming or running forward pass.
  var step = 0
  /// Whether the optimizer's update of the current step is left out.
  package internal(set) var skipsUpdate = false
  /// Whether the optimizer's moments are to be forgotten before the coming step.
  package internal(set) var resetsMoments = false

  /// Weights (or channels) that the session acts on.
  package let total: Int
  /// Weights (or channels) to be pruned at the end: `round(sparsity * total)`, in whole units.
  package let requested: Int

  /// Session for `weights`, in the network's fixed order of parameters.
  ///
  /// - Throws: as `init(_:targets:seed:stepsPerEpoch:totalSteps:transferred:)`.
  package convenience init(
    _ config: PruningConfig, weights: [PrunableWeight], seed: Seed, stepsPerEpoch: Int, totalSteps: Int
  ) throws(PruningError) {
    try self.init(
      config, targets: weights.map { WeightTarget($0, config.structure) }, seed: seed, stepsPerEpoch: stepsPerEpoch,
      totalSteps: totalSteps)
  }

  /// Session for `targets`.
  ///
  /// With N:M groups, and with methods whose sparsity is an outcome, the budget decides nothing but which layers stay
  /// dense; these are not among the session's targets then.
  ///
  /// `transferred` holds the share pruned of every target's path, for a budget taken from another run.
  ///
  /// - Throws: a fault of `config`; `.nothingPrunable`; `.capBelowTarget` and its like if the target cannot be met.
  package init(
    _ config: PruningConfig, targets: [any PruningTarget], seed: Seed, stepsPerEpoch: Int, totalSteps: Int,
    transferred: [String: Double] = [:]
  ) throws(PruningError) {
    precondition(stepsPerEpoch > 0, "pruning session: \(stepsPerEpoch) steps an epoch")
    try config.validate(epochs: Double(totalSteps) / Double(stepsPerEpoch))
    let method = config.resolvedMethod
    if method != nil, !targets.isEmpty { try config.budget.requirePatterns(fit: targets.map(\.path)) }
    if let what = config.method.convolutionalNeed {
      for target in targets {
        guard let group = (target as? ChannelTarget)?.group, group.kind != .channels else { continue }
        throw .methodNeedsConvolutions(method: config.method.name, group: group.name, what: what)
      }
    }
    // Where the budget decides nothing, its dense layers are left out of the session altogether.
    let isBudgeted = config.structure.kind != .groups && !config.method.isEmergent
    let targets = targets.filter { isBudgeted || config.budget.treatment(of: $0.path) != .dense }
    self.config = config
    self.targets = targets
    self.method = method
    self.seed = seed
    self.stepsPerEpoch = stepsPerEpoch
    self.totalSteps = totalSteps
    self.transferred = transferred
    timetable = try config.timetable(stepsPerEpoch: stepsPerEpoch, totalSteps: totalSteps)
    total = targets.reduce(0) { $0 + $1.count }
    let unit = targets.first?.unitSize ?? 1
    requested =
      targets.compactMap { $0.patternCount(at: 1) }.reduce(nil) { ($0 ?? 0) + $1 }
      ?? Int((config.sparsity * Double(total / unit)).rounded()) * unit
    if let method = method as? any LearnedMethod {
      learned = targets.map { target in
        guard let target = target as? WeightTarget else {
          preconditionFailure("method '\(config.method.name)' learns numbers of weights, not of channels")
        }
        return LearnedLayer(target, auxiliary: method.auxiliary(for: target), siblings: targets.count)
      }
    } else {
      learned = []
    }
    self.state = PruningState(
      share: 0,
      layers: targets.map { target in
        PruningState.Layer(
          path: target.path, weights: target.count, target: nil, pruned: 0, mask: nil, described: nil)
      })
    guard method != nil else { return }
    guard total > 0 else { throw .nothingPrunable(method: config.method.name) }
    if config.budget.rule == .transferred {
      for target in targets where transferred[target.path] == nil { throw .budgetSourceLacks(path: target.path) }
    }
    guard requested > 0, isBudgeted else { return }
    // By a rule that takes no pass over weights: whether caps leave room does not depend on their values.
    var budget = config.budget
    if budget.rule == .global { budget.rule = .uniform }
    _ = try budget.shares(of: budgetLayers(), pruned: requested / unit)
  }

  /// Weights (or channels) pruned at the current point of the schedule.
  ///
  /// Where sparsity is an outcome, what the masks of now prune.
  ///
  /// - Cost: a pass over the weights where sparsity is an outcome.
  package var scheduled: Int {
    guard let method = method as? any LearnedMethod, state.isFixed != true,
      learned.contains(where: { method.rankingScores($0) == nil && $0.target.patternCount(at: 1) == nil })
    else { return state.layers.reduce(0) { $0 + $1.pruned } }
    return learned.reduce(0) { sum, layer in
      sum + (method.finalMask(layer, at: moment).map { $0.count - $0.keptCount } ?? 0)
    }
  }

  var moment: PruningMoment { moment(at: step) }

  func moment(at step: Int) -> PruningMoment {
    PruningMoment(
      step: step, stepsPerEpoch: stepsPerEpoch, totalSteps: totalSteps, share: timetable.share(at: step),
      sparsity: config.sparsity, startStep: timetable.startStep, endStep: timetable.endStep)
  }

  /// Takes up a checkpoint's state; weights and learnt numbers must be that checkpoint's too.
  ///
  /// - Throws: `.stateLayers` or `.stateWeights` if it describes another network.
  package func restore(_ state: PruningState) throws(PruningError) {
    let paths = targets.map(\.path)
    guard state.layers.map(\.path) == paths else {
      throw .stateLayers(expected: paths, got: state.layers.map(\.path))
    }
    for (layer, target) in zip(state.layers, targets) {
      let expected = target.count
      let sizes = [layer.weights, layer.mask?.kept.count ?? expected, layer.described?.count ?? expected]
      for size in sizes where size != expected {
        throw .stateWeights(path: layer.path, expected: expected, got: size)
      }
    }
    self.state = state
    for (layer, own) in zip(state.layers, learned) {
      own.mask = layer.mask?.kept
      own.candidates = layer.candidates
      own.pruned = layer.pruned
    }
  }

  // MARK: Training

  /// Brings the schedule up to `step` and sets the effective weights of the coming forward pass.
  ///
  /// `probe` is what methods that look beyond the weights ask; others do without.
  ///
  /// - Returns: what was decided, at the steps where the schedule changes.
  /// - Throws: `.layerEmptied` if a layer would lose every weight; `.capBelowTarget` and its like; `.probeUnavailable`;
  ///   what `probe` throws.
  /// - Cost: with PDP, two passes over each weight and one exponential a weight; one pass with a shadow mask.
  @discardableResult
  package func beforeForward(step: Int, probe: (any NetworkProbe)? = nil) throws -> PruningUpdate? {
    guard let method else { return nil }
    self.step = step
    (skipsUpdate, resetsMoments) = (false, false)
    let update = timetable.isUpdate(step) ? try self.update(at: step, method, probe) : nil
    if let method = method as? any LearnedMethod, state.isFixed != true {
      try prepare(method)
    } else {
      for index in targets.indices { try prepare(index, method) }
    }
    return update
  }

  /// Sets the effective weights of one target from its mask, which is chosen anew where the method says so.
  private func prepare(_ index: Int, _ method: any PruningMethod) throws(PruningError) {
    let target = targets[index]
    target.clearEffective()
    let pruned = state.layers[index].pruned
    guard pruned > 0 else { return }
    if let method = method as? any SoftPruningMethod {
      target.setEffective(dropping: pruned, by: method)
      return
    }
    if method.selection == .everyStep {
      state.layers[index].mask = method.hardMask(of: target, pruned: pruned, seed: seed)
    }
    if method.storage == .shadow, let mask = state.layers[index].mask { target.setEffective(mask.kept) }
  }

  /// Turns the gradients with respect to the effective weights into gradients with respect to the stored ones.
  ///
  /// Gradients with respect to learnt numbers are left with them.
  package func afterBackward() {
    guard let method else { return }
    if let method = method as? any LearnedMethod, state.isFixed != true { return pullBack(method) }
    if let method = method as? any RegrowingMethod { exchange(method) }
    for (index, target) in targets.enumerated() {
      if state.layers[index].pruned > 0, method is any SoftPruningMethod {
        target.pullBackSoftMask()
      } else if let mask = state.layers[index].mask {
        switch method.gradient {
        case .masked: target.maskGradient(mask.kept)
        case .straightThrough(let pull): target.pullDropped(mask.kept, pull)
        }
      }
    }
    if let method = method as? any GradientPenalty {
      for target in targets { if let target = target as? ChannelTarget { method.addPenalty(to: target, at: moment) } }
    }
  }

  /// With projected storage, sets pruned weights and their optimizer moments to exactly zero.
  package func afterUpdate(_ lendMoments: LendMoments) {
    guard let method, method.storage == .projected || state.isFixed == true else { return }
    for (index, target) in targets.enumerated() {
      guard let mask = state.layers[index].mask else { continue }
      target.project(mask.kept)
      target.projectMoments(mask.kept, lendMoments)
    }
  }

  // MARK: Evaluation and freezing

  /// How evaluation masks the weights.
  package enum EvaluationMask: Equatable, Sendable {
    /// As training does.
    case asTrained
    /// Exactly the scheduled number of weights left out.
    case hard
  }

  /// Whether training goes with another mask than the hard one.
  package var isSoft: Bool {
    guard state.isFixed != true else { return false }
    return method is any SoftPruningMethod || (method as? any LearnedMethod)?.isSoft == true
  }

  /// Runs `body` with the current weights masked as asked; no effective weights are left behind.
  package func withMasks<Result>(_ kind: EvaluationMask, _ body: () throws -> Result) rethrows -> Result {
    defer { for target in targets { target.clearEffective() } }
    for (index, target) in targets.enumerated() {
      target.clearEffective()
      let pruned = state.layers[index].pruned
      if let method = method as? any LearnedMethod, state.isFixed != true {
        let (layer, moment) = (learned[index], moment)
        layer.target.parameter.effective =
          kind == .asTrained ? method.effective(layer, at: moment) : method.folded(layer, at: moment)
      } else if kind == .asTrained, pruned > 0, let method = method as? any SoftPruningMethod {
        target.setEffective(dropping: pruned, by: method)
      } else if let mask = hardMask(index) {
        target.setEffective(mask.kept)
      }
    }
    return try body()
  }

  /// The hard mask of the target at `index`: of the last update, or of the current weights where training is soft;
  /// nil while nothing of it is pruned.
  package func hardMask(_ index: Int) -> HardMask? {
    guard let method else { return nil }
    if let method = method as? any LearnedMethod, state.isFixed != true {
      return method.finalMask(learned[index], at: moment).map { HardMask(kept: $0, threshold: nil) }
    }
    let layer = state.layers[index]
    guard layer.pruned > 0 else { return nil }
    return layer.mask ?? method.hardMask(of: targets[index], pruned: layer.pruned, seed: seed)
  }

  /// Describes every target under its hard mask, in the session's order; flips count from the previous call.
  package func layerPoints() -> [PrunedLayerPoint] {
    targets.indices.map { index in
      let target = targets[index]
      let mask = hardMask(index)
      let kept = mask?.kept ?? KeepMask(repeating: true, count: target.count)
      let before = state.layers[index].described ?? KeepMask(repeating: true, count: target.count)
      state.layers[index].described = kept
      let pruned = state.layers[index].pruned
      var softness: Softness?
      if pruned > 0, let method = method as? any SoftPruningMethod {
        softness = target.softness(dropping: pruned, by: method)
      }
      return PrunedLayerPoint(
        path: target.path, nonzero: kept.keptCount, total: target.count,
        threshold: mask?.threshold ?? softness?.threshold, relativeTemperature: softness?.relativeTemperature,
        maskFlips: kept.flips(from: before))
    }
  }

  /// Makes the network what it is exported as: pruned weights become exact zeros, effective weights disappear.
  ///
  /// - Returns: counts, the achieved ones taken from the frozen weights.
  /// - Throws: `.frozenEarly` before the last value of the schedule is in force; `.layerEmptied` if a layer has no
  ///   weight left.
  package func freeze(step: Int) throws(PruningError) -> FrozenNetwork {
    self.step = step
    guard method == nil || state.share == 1 else {
      throw .frozenEarly(scheduled: scheduled, requested: requested)
    }
    if let method = method as? any LearnedMethod, state.isFixed != true { fix(method) }
    // All before any is applied: channels of one group have weights in the filters of others.
    let masks = targets.indices.map { hardMask($0) }
    for (index, target) in targets.enumerated() {
      target.clearEffective()
      guard let mask = masks[index] else { continue }
      // Kept for whoever asks after it: what was frozen is what is said.
      state.layers[index].mask = mask
      target.project(mask.kept)
    }
    var layers: [FrozenNetwork.Layer] = []
    for (index, target) in targets.enumerated() {
      let zeros = target.zeroCount
      guard zeros < target.count else { throw .layerEmptied(path: target.path, weights: target.count, step: step) }
      layers.append(
        FrozenNetwork.Layer(
          path: target.path, total: target.count, scheduled: state.layers[index].pruned, achieved: zeros))
    }
    return FrozenNetwork(requested: requested, layers: layers)
  }
}
