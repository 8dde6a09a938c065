import Autodiff
import Kernels

/// SNIP: before training, the weights with the smallest effect on the loss go, `|gradient * weight|` over a few examples.
///
/// - Source: Lee, Ajanthan, Torr, "SNIP: single-shot network pruning based on connection sensitivity", 2019,
///   arXiv 1810.02340.
/// - Note: biases are not scored, as nothing but weights is pruned here.
package struct Snip: InitialScoring {
  private let examples: Int

  package init(examples: Int) {
    self.examples = examples
  }

  package var ramp: Ramp { .beforeTraining }
  package var rounds: Int { 1 }

  package func scores(of targets: [any PruningTarget], probe: any NetworkProbe) throws -> [Tensor] {
    let gradients = try probe.gradients(ProbeSettings(examples: examples, mode: .evaluation))
    return weights(of: targets).map { target in
      let gradient = gradients[target.path] ?? Tensor(repeating: 0, shape: target.shape)
      return Elementwise.magnitude(
        Elementwise.product(gradient, target.parameter.value))
    }
  }
}

extension InitialScoring {
  /// The targets, which are all weights.
  func weights(of targets: [any PruningTarget]) -> [WeightTarget] { targets.compactMap { $0 as? WeightTarget } }
}
