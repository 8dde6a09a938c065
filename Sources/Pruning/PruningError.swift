/// What can be wrong with a pruning configuration, its state, or its outcome.
package enum PruningError: Error, Equatable, CustomStringConvertible {
  case sparsityOutOfRange(Double)
  case sparsityOfDense(Double)
  case capOutOfRange(Double)
  case temperatureNotPositive(Double)
  case scheduleNegative(warmupEpochs: Double, rampEpochs: Double)
  /// Training would end before the last value of the schedule has been used for one step.
  case scheduleTooLong(warmupEpochs: Double, rampEpochs: Double, epochs: Double)
  case nothingPrunable(method: String)
  /// The caps of all layers together leave more weights than the target allows.
  case capBelowTarget(cap: Double, prunable: Int, requested: Int)
  /// The floors of all layers together take more weights than the target.
  case floorAboveTarget(least: Int, requested: Int)
  /// A rule for layers by name that names none.
  case patternWithoutLayer(pattern: String, paths: [String])
  /// The data or the network do not offer what the method looks at.
  case probeUnavailable(method: String, reason: String)
  /// The learnt numbers of a checkpoint are not those of the method.
  case auxiliaryMismatch(expected: [String], got: [String])
  /// Budgets are to be taken from a run that has no such layer.
  case budgetSourceLacks(path: String)
  case settingOutOfRange(method: String, setting: String, value: String, expected: String)
  case methodNeedsStructure(method: String, structure: String, expected: String)
  /// The method looks at something that only channels of convolutions have.
  case methodNeedsConvolutions(method: String, group: String, what: String)
  case layerEmptied(path: String, weights: Int, step: Int)
  case stateLayers(expected: [String], got: [String])
  case stateWeights(path: String, expected: Int, got: Int)
  case frozenEarly(scheduled: Int, requested: Int)

  package var description: String {
    switch self {
    case .sparsityOutOfRange(let sparsity):
      "sparsity is out of range: expected a fraction in 0..<1, got \(sparsity)"
    case .sparsityOfDense(let sparsity):
      "method 'dense' prunes nothing: expected sparsity 0, got \(sparsity)"
    case .capOutOfRange(let cap):
      "cap a layer is out of range: expected a fraction in 0...1, got \(cap)"
    case .temperatureNotPositive(let temperature):
      "temperature of method 'pdp' is out of range: expected a finite number above 0, got \(temperature)"
    case .scheduleNegative(let warmup, let ramp):
      "pruning schedule is out of range: expected finite epochs of at least 0, got \(warmup) of warm-up "
        + "and \(ramp) of ramp"
    case .scheduleTooLong(let warmup, let ramp, let epochs):
      "pruning schedule ends below its target: \(warmup) epochs of warm-up and \(ramp) of ramp "
        + "leave no step of \(epochs) epochs at the final sparsity; shorten them or train longer"
    case .nothingPrunable(let method):
      "method '\(method)' has nothing to prune: expected at least one prunable weight, got none"
    case .capBelowTarget(let cap, let prunable, let requested):
      "cap of \(cap) a layer is too low: expected room for \(requested) pruned weights, got room for \(prunable); "
        + "raise the cap or lower the sparsity"
    case .floorAboveTarget(let least, let requested):
      "floors of the layers are too high: expected at most \(requested) pruned weights, got \(least); "
        + "lower the floors or raise the sparsity"
    case .patternWithoutLayer(let pattern, let paths):
      "rule for layers '\(pattern)' fits none: expected a pattern for one of \(paths.joined(separator: ", "))"
    case .probeUnavailable(let method, let reason):
      "method '\(method)' cannot score this network: \(reason)"
    case .auxiliaryMismatch(let expected, let got):
      "learnt numbers of the pruning method do not fit: expected \(expected.joined(separator: ", ")), "
        + "got \(got.joined(separator: ", "))"
    case .budgetSourceLacks(let path):
      "budget cannot be taken from the other run: its weights have no layer '\(path)' of this shape; "
        + "name an arm with the same network"
    case .settingOutOfRange(let method, let setting, let value, let expected):
      "\(setting) of method '\(method)' is out of range: expected \(expected), got \(value)"
    case .methodNeedsStructure(let method, let structure, let expected):
      "method '\(method)' cannot prune with structure '\(structure)': expected \(expected)"
    case .methodNeedsConvolutions(let method, let group, let what):
      "method '\(method)' cannot score attention heads or feed-forward rows such as '\(group)': they have no \(what); "
        + "take one of pdp, gmp, one-shot, random, l1-norm, l2-norm, fpgm, taylor"
    case .layerEmptied(let path, let weights, let step):
      "layer '\(path)' loses all of its \(weights) weights at step \(step): expected at least 1 kept; lower the cap"
    case .stateLayers(let expected, let got):
      "pruning state describes other layers: expected \(expected.joined(separator: ", ")), "
        + "got \(got.joined(separator: ", "))"
    case .stateWeights(let path, let expected, let got):
      "pruning state of layer '\(path)' has another size: expected \(expected) weights, got \(got)"
    case .frozenEarly(let scheduled, let requested):
      "network was frozen before its schedule ended: expected \(requested) pruned weights, got \(scheduled); "
        + "train to the end of the ramp"
    }
  }
}
