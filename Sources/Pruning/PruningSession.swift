import Autodiff
import Kernels

/// The pruning of one network during one training run.
///
/// The training loop calls `beforeForward`, `afterBackward` and `afterUpdate` at every step, and `freeze` at the end.
/// No tape is involved: effective weights are built before the forward pass, and the gradients with respect to them
/// are turned into gradients with respect to the stored weights before the optimizer's update.
package final class PruningSession {
  private let config: PruningConfig
  private let weights: [PrunableWeight]
  private let method: (any PruningMethod)?
  private let timetable: Timetable
  private let seed: Seed
  /// Soft masks that the effective weights of the current step were built with, or those of the step before.
  private var softMasks: [SoftMask?]

  /// What a checkpoint must hold for the run to continue with the same bits, besides weights and moments.
  package private(set) var state: PruningState

  /// Weights that the session acts on.
  package let total: Int
  /// Weights to be pruned at the end: `round(sparsity * total)`.
  package let requested: Int

  /// Session for `weights`, in the network's fixed order of parameters.
  ///
  /// - Throws: a fault of `config`; `.nothingPrunable`; `.capBelowTarget` if the target cannot be met.
  package init(
    _ config: PruningConfig, weights: [PrunableWeight], seed: Seed, stepsPerEpoch: Int, totalSteps: Int
  ) throws(PruningError) {
    precondition(stepsPerEpoch > 0, "pruning session: \(stepsPerEpoch) steps an epoch")
    let epochs = Double(totalSteps) / Double(stepsPerEpoch)
    try config.validate(epochs: epochs)
    let method = config.method.method
    self.config = config
    self.weights = weights
    self.method = method
    self.seed = seed
    self.timetable = Timetable(config.schedule, ramp: method?.ramp ?? .linear, stepsPerEpoch: stepsPerEpoch)
    self.total = weights.reduce(0) { $0 + $1.parameter.value.count }
    self.requested = Int((config.sparsity * Double(total)).rounded())
    self.softMasks = weights.map { _ in nil }
    self.state = PruningState(
      share: 0,
      layers: weights.map { weight in
        PruningState.Layer(
          path: weight.path, weights: weight.parameter.value.count, target: nil, pruned: 0, mask: nil, described: nil)
      })
    guard method != nil else { return }
    guard total > 0 else { throw .nothingPrunable(method: config.method.name) }
    guard timetable.endStep < totalSteps else {
      throw .scheduleTooLong(
        warmupEpochs: config.schedule.warmupEpochs, rampEpochs: config.schedule.rampEpochs, epochs: epochs)
    }
    // By the uniform rule: whether the caps leave room does not depend on the weights' values.
    _ = try Budget(rule: .uniform, cap: config.budget.cap).shares(
      of: weights.map(\.parameter.value), pruned: requested)
  }

  /// Weights pruned at the current point of the schedule.
  package var scheduled: Int { state.layers.reduce(0) { $0 + $1.pruned } }

  /// Takes up a checkpoint's state; the weights must be that checkpoint's too.
  ///
  /// - Throws: `.stateLayers` or `.stateWeights` if it describes another network.
  package func restore(_ state: PruningState) throws(PruningError) {
    let paths = weights.map(\.path)
    guard state.layers.map(\.path) == paths else {
      throw .stateLayers(expected: paths, got: state.layers.map(\.path))
    }
    for (layer, weight) in zip(state.layers, weights) {
      let expected = weight.parameter.value.count
      let sizes = [layer.weights, layer.mask?.kept.count ?? expected, layer.described?.count ?? expected]
      for size in sizes where size != expected {
        throw .stateWeights(path: layer.path, expected: expected, got: size)
      }
    }
    self.state = state
  }

  // MARK: Training

  /// Brings the schedule up to `step` and sets the effective weights of the coming forward pass.
  ///
  /// - Returns: what was decided, at the steps where the schedule changes.
  /// - Throws: `.layerEmptied` if a layer would lose every weight; `.capBelowTarget`.
  /// - Cost: with PDP, two passes over each weight and one exponential a weight; one pass with a shadow mask.
  @discardableResult
  package func beforeForward(step: Int) throws(PruningError) -> PruningUpdate? {
    guard let method else { return nil }
    let update = timetable.isUpdate(step) ? try self.update(at: step, method) : nil
    for (index, weight) in weights.enumerated() {
      let parameter = weight.parameter
      let layer = state.layers[index]
      let last = softMasks[index]
      parameter.effective = nil
      softMasks[index] = nil
      guard layer.pruned > 0 else { continue }
      if let soft = method.softMask(of: parameter.value, pruned: layer.pruned, after: last) {
        softMasks[index] = soft
        parameter.effective = soft.product(with: parameter.value)
      } else if method.storage == .shadow, let mask = layer.mask {
        parameter.effective = mask.kept.product(with: parameter.value)
      }
    }
    return update
  }

  /// Turns the gradients with respect to the effective weights into gradients with respect to the stored ones.
  package func afterBackward() {
    for (index, weight) in weights.enumerated() {
      guard var gradient = weight.parameter.gradient else { continue }
      // Taken out while it is written to, so that it is not copied.
      weight.parameter.gradient = nil
      if let soft = softMasks[index] {
        soft.pullBack(&gradient, at: weight.parameter.value)
      } else {
        state.layers[index].mask?.kept.apply(to: &gradient)
      }
      weight.parameter.gradient = gradient
    }
  }

  /// With projected storage, sets pruned weights and their optimizer moments to exactly zero.
  ///
  /// `lendMoments` calls its second argument with each moment of the parameter at a path.
  package func afterUpdate(
    _ lendMoments: (_ path: String, _ project: (inout Tensor) -> Void) -> Void
  ) {
    guard method?.storage == .projected else { return }
    for (index, weight) in weights.enumerated() {
      guard let mask = state.layers[index].mask else { continue }
      mask.kept.apply(to: &weight.parameter.value)
      lendMoments(weight.path) { mask.kept.apply(to: &$0) }
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

  /// Runs `body` with the current weights masked as asked; no effective weights are left behind.
  package func withMasks<Result>(_ kind: EvaluationMask, _ body: () throws -> Result) rethrows -> Result {
    defer { for weight in weights { weight.parameter.effective = nil } }
    for (index, weight) in weights.enumerated() {
      let value = weight.parameter.value
      let pruned = state.layers[index].pruned
      if kind == .asTrained, pruned > 0,
        let soft = method?.softMask(of: value, pruned: pruned, after: softMasks[index])
      {
        weight.parameter.effective = soft.product(with: value)
      } else {
        weight.parameter.effective = hardMask(index)?.kept.product(with: value)
      }
    }
    return try body()
  }

  /// Describes every layer under its hard mask, in the session's order; flips count from the previous call.
  package func layerPoints() -> [PrunedLayerPoint] {
    weights.indices.map { index in
      let value = weights[index].parameter.value
      let mask = hardMask(index)
      let kept = mask?.kept ?? KeepMask(repeating: true, count: value.count)
      let before = state.layers[index].described ?? KeepMask(repeating: true, count: value.count)
      state.layers[index].described = kept
      let pruned = state.layers[index].pruned
      let soft = pruned > 0 ? method?.softMask(of: value, pruned: pruned, after: softMasks[index]) : nil
      return PrunedLayerPoint(
        path: weights[index].path, nonzero: kept.keptCount, total: value.count, threshold: mask?.threshold,
        relativeTemperature: soft.flatMap { $0.threshold > 0 ? $0.temperature / ($0.threshold * $0.threshold) : nil },
        maskFlips: kept.flips(from: before))
    }
  }

  /// The hard mask of the weight at `index`: of the last update, or of the current weights where training is soft;
  /// nil while nothing of it is pruned.
  package func hardMask(_ index: Int) -> HardMask? {
    let layer = state.layers[index]
    guard let method, layer.pruned > 0 else { return nil }
    return layer.mask
      ?? method.hardMask(of: weights[index].parameter.value, pruned: layer.pruned, path: layer.path, seed: seed)
  }

  /// Makes the network what it is exported as: pruned weights become exact zeros, effective weights disappear.
  ///
  /// - Returns: counts, the achieved ones taken from the frozen weights.
  /// - Throws: `.frozenEarly` before the last value of the schedule is in force; `.layerEmptied` if a layer has no
  ///   weight left.
  package func freeze(step: Int) throws(PruningError) -> FrozenNetwork {
    guard method == nil || state.share == 1 else {
      throw .frozenEarly(scheduled: scheduled, requested: requested)
    }
    var layers: [FrozenNetwork.Layer] = []
    for (index, weight) in weights.enumerated() {
      let mask = hardMask(index)
      mask?.kept.apply(to: &weight.parameter.value)
      weight.parameter.effective = nil
      softMasks[index] = nil
      let count = weight.parameter.value.count
      let zeros = weight.parameter.value.zeroCount
      guard zeros < count else { throw .layerEmptied(path: weight.path, weights: count, step: step) }
      layers.append(
        FrozenNetwork.Layer(
          path: weight.path, total: count, scheduled: state.layers[index].pruned, achieved: zeros))
    }
    return FrozenNetwork(requested: requested, layers: layers)
  }

  // MARK: Schedule

  /// Fixes how many weights of each layer are pruned from `step` on, and which, for methods with a hard mask.
  private func update(at step: Int, _ method: any PruningMethod) throws(PruningError) -> PruningUpdate {
    state.share = timetable.share(at: step)
    let capped = try allocate(method)
    for index in weights.indices {
      let layer = state.layers[index]
      guard max(layer.pruned, layer.target ?? 0) < max(layer.weights, 1) else {
        throw .layerEmptied(path: layer.path, weights: layer.weights, step: step)
      }
      let value = weights[index].parameter.value
      guard layer.pruned > 0, method.softMask(of: value, pruned: layer.pruned, after: softMasks[index]) == nil else {
        state.layers[index].mask = nil
        continue
      }
      let mask = method.hardMask(of: value, pruned: layer.pruned, path: layer.path, seed: seed)
      state.layers[index].mask = mask
      if method.storage == .projected { mask.kept.apply(to: &weights[index].parameter.value) }
    }
    return PruningUpdate(step: step, share: state.share, scheduled: scheduled, total: total, capped: capped)
  }

  /// Sets the layers' pruned counts for the share in force.
  ///
  /// Shares of a uniform budget, and of a method that ranks once, are fixed at the first update, and counts are
  /// `round(target * share)` from then on; otherwise the network's `round(requested * share)` is ranked anew.
  private func allocate(_ method: any PruningMethod) throws(PruningError) -> [PruningUpdate.CappedLayer] {
    let values = weights.map(\.parameter.value)
    guard config.budget.rule == .uniform || method.ranking == .once else {
      let shares = try config.budget.shares(of: values, pruned: count(requested))
      for (index, share) in shares.enumerated() { state.layers[index].pruned = share.pruned }
      return capped(shares)
    }
    var cappedLayers: [PruningUpdate.CappedLayer] = []
    if state.layers.contains(where: { $0.target == nil }) {
      let shares = try config.budget.shares(of: values, pruned: requested)
      for (index, share) in shares.enumerated() { state.layers[index].target = share.pruned }
      cappedLayers = capped(shares)
    }
    for index in weights.indices { state.layers[index].pruned = count(state.layers[index].target ?? 0) }
    return cappedLayers
  }

  private func count(_ target: Int) -> Int { Int((Double(target) * state.share).rounded()) }

  private func capped(_ shares: [LayerShare]) -> [PruningUpdate.CappedLayer] {
    zip(weights, shares).filter { $1.uncapped > $1.pruned }.map { weight, share in
      PruningUpdate.CappedLayer(
        path: weight.path, weights: weight.parameter.value.count, uncapped: share.uncapped, pruned: share.pruned)
    }
  }
}
