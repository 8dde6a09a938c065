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
