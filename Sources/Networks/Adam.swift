import Autodiff
import Kernels

/// Adam and AdamW, as PyTorch defines them (no AMSGrad).
///
/// - Source: Kingma, Ba 2015, arXiv 1412.6980, algorithm 1; Loshchilov, Hutter 2019, arXiv 1711.05101, algorithm 2.
package final class Adam: Optimizer {
  /// What weight decay acts on.
  package enum Decay {
    /// Adam.
    case ofGradients
    /// AdamW.
    case ofWeights
  }

  private let config: AdamConfig
  private let decay: Decay
  private let parameters: [GroupedParameter]
  private var moments: [String: Moments]

  /// A parameter's running means, all zero at the start, and the updates behind them.
  private struct Moments {
    var mean: Tensor
    var square: Tensor
    var updates: Int
  }

  package init(_ config: AdamConfig, decay: Decay, grouped parameters: [GroupedParameter]) {
    self.config = config
    self.decay = decay
    self.parameters = parameters
    moments = [:]
    for entry in parameters {
      let shape = entry.parameter.shape
      moments[entry.path] = Moments(
        mean: Tensor(repeating: 0, shape: shape), square: Tensor(repeating: 0, shape: shape), updates: 0)
    }
  }

  package func update(rate: Double, gradientFactor: Double) {
    for entry in parameters {
      guard let gradient = entry.parameter.gradient, var moments = moments.removeValue(forKey: entry.path) else {
        continue
      }
      moments.updates += 1
      let step = AdamStep(
        count: moments.updates, rate: rate * entry.rateFactor, beta1: config.beta1, beta2: config.beta2,
        epsilon: config.epsilon,
        decay: decay == .ofGradients ? .gradient(entry.weightDecay) : .weight(entry.weightDecay),
        gradientFactor: gradientFactor)
      OptimizerUpdate.adam(
        &entry.parameter.value, mean: &moments.mean, square: &moments.square, gradient: gradient, step: step)
      self.moments[entry.path] = moments
    }
  }

  package func withMoments(of path: String, _ body: (inout Tensor) -> Void) {
    // Taken out while they are written to, so that they are not copied.
    guard var moments = moments.removeValue(forKey: path) else { return }
    body(&moments.mean)
    body(&moments.square)
    self.moments[path] = moments
  }

  /// Both means behind each parameter's path, under PyTorch's names for them.
  package var state: OptimizerState {
    var state = OptimizerState(moments: [:])
    for (path, moments) in moments {
      state.moments[Self.meanKey(path)] = moments.mean
      state.moments[Self.squareKey(path)] = moments.square
      state.updates[path] = moments.updates
    }
    return state
  }

  package func restore(_ state: OptimizerState) throws(OptimizerError) {
    try state.requireForm(of: self.state)
    for path in moments.keys {
      guard
        let mean = state.moments[Self.meanKey(path)], let square = state.moments[Self.squareKey(path)],
        let updates = state.updates[path]
      else { continue }
      moments[path] = Moments(mean: mean, square: square, updates: updates)
    }
  }

  private static func meanKey(_ path: String) -> String { "\(path).exp_avg" }
  private static func squareKey(_ path: String) -> String { "\(path).exp_avg_sq" }
}
