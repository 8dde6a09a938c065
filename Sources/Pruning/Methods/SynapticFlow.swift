import Autodiff
import Kernels

/// SynFlow: before training and without data, the weights that carry the least of the flow of magnitudes go, in many
/// rounds.
///
/// The flow through a weight is its magnitude times the gradient of the sum of outputs, with every weight replaced by
/// its magnitude and an input of ones.
///
/// - Source: Tanaka, Kunin, Yamins, Ganguli, "Pruning neural networks without any data by iteratively conserving synaptic
///   flow", 2020, arXiv 2006.05467.
package struct SynapticFlow: InitialScoring {
  package let rounds: Int

  package init(rounds: Int) {
    self.rounds = rounds
  }

  package var ramp: Ramp { .beforeTraining }

  package func scores(of targets: [any PruningTarget], probe: any NetworkProbe) throws -> [Tensor] {
    let gradients = try probe.magnitudeFlow()
    return weights(of: targets).map { target in
      Elementwise.magnitude(
        Elementwise.product(
          gradients[target.path] ?? Tensor(repeating: 0, shape: target.shape), target.parameter.value))
    }
  }
}
