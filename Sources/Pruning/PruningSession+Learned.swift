import Autodiff
import Kernels
import Networks

extension PruningSession {
  /// Sets the effective weights of a method with learnt numbers, or fixes its masks when their time has come.
  func prepare(_ method: any LearnedMethod) throws(PruningError) {
    for (index, layer) in learned.enumerated() { layer.pruned = state.layers[index].pruned }
    if let fixing = method.fixingStep(timetable), step >= fixing {
      fix(method)
      return
    }
    for layer in learned {
      guard let scores = method.rankingScores(layer), method.selection == .everyStep || timetable.isUpdate(step) else {
        continue
      }
      layer.mask = layer.pruned > 0 ? layer.target.hardMask(dropping: layer.pruned, byScore: scores).kept : nil
    }
    method.decide(learned, at: moment)
    for (index, layer) in learned.enumerated() {
      state.layers[index].mask = layer.mask.map { HardMask(kept: $0, threshold: nil) }
      state.layers[index].candidates = layer.candidates
      layer.target.parameter.effective = method.effective(layer, at: moment)
    }
  }

  func pullBack(_ method: any LearnedMethod) {
    for layer in learned {
      let parameter = layer.target.parameter
      guard var gradient = parameter.gradient else { continue }
      parameter.gradient = nil
      layer.auxiliary.gradient = method.pullBack(&gradient, layer, at: moment)
      parameter.gradient = gradient
    }
  }

  /// Makes the method's masks final: weights become what the forward pass computed with, and the learnt numbers are
  /// done with.
  func fix(_ method: any LearnedMethod) {
    for (index, layer) in learned.enumerated() {
      let mask = method.finalMask(layer, at: moment)
      let folded = method.folded(layer, at: moment)
      layer.target.clearEffective()
      layer.target.parameter.value = folded
      state.layers[index].mask = mask.map { HardMask(kept: $0, threshold: nil) }
      state.layers[index].candidates = nil
      state.layers[index].pruned = mask.map { $0.count - $0.keptCount } ?? 0
      layer.auxiliary.gradient = nil
    }
    state.isFixed = true
  }

  // MARK: Optimizer

  /// Learnt numbers under their paths, for an optimizer of their own; empty for methods without.
  package var auxiliaries: [(path: String, parameter: Parameter)] {
    learned.map { (Self.auxiliaryPath($0.target.path), $0.auxiliary) }
  }

  private static func auxiliaryPath(_ path: String) -> String { "\(path)/learned" }

  /// The optimizer of the learnt numbers: the weights' own but for its weight decay, unless the method says another.
  package func auxiliaryOptimizer(_ weights: OptimizerConfig) -> OptimizerConfig? {
    guard let method = method as? any LearnedMethod else { return nil }
    return method.auxiliaryOptimizer ?? weights.with(weightDecay: method.auxiliaryDecay)
  }

  /// Learning rate of the learnt numbers at the current step; nil where there are none, or no more.
  package func auxiliaryRate(weightRate: Double, peakRate: Double) -> Double? {
    guard let method = method as? any LearnedMethod, state.isFixed != true else { return nil }
    return method.auxiliaryRate(weightRate: weightRate, peakRate: peakRate, moment: moment)
  }

  /// Takes up a checkpoint's learnt numbers.
  ///
  /// - Throws: `.auxiliaryMismatch` if they are others than the method's.
  package func restore(auxiliaries: [String: Tensor]) throws(PruningError) {
    let own = self.auxiliaries
    guard own.allSatisfy({ auxiliaries[$0.path]?.shape == $0.parameter.shape }), own.count == auxiliaries.count else {
      throw .auxiliaryMismatch(expected: own.map(\.path), got: auxiliaries.keys.sorted())
    }
    for (path, parameter) in own { if let value = auxiliaries[path] { parameter.value = value } }
  }
}

extension OptimizerConfig {
  /// The same optimizer with another weight decay on everything.
  fileprivate func with(weightDecay: Double) -> OptimizerConfig {
    switch self {
    case .sgd(var config):
      (config.weightDecay, config.decayScope) = (weightDecay, .allParameters)
      return .sgd(config)
    case .adam(var config):
      (config.weightDecay, config.decayScope) = (weightDecay, .allParameters)
      return .adam(config)
    case .adamW(var config):
      (config.weightDecay, config.decayScope) = (weightDecay, .allParameters)
      return .adamW(config)
    }
  }
}
