import Autodiff
import Kernels

/// Soft threshold reparameterisation (STR): a threshold a layer is learnt with the weights, and sparsity is an outcome.
///
/// The threshold is `sigmoid(s)`; s starts so low that nothing is pruned, its weight decay alone lifts it until the
/// threshold shows, and then the loss holds it. What stays is shrunk by the threshold, in the exported weights too.
///
/// - Source: Kusupati et al., "Soft threshold weight reparameterization for learnable sparsity", 2020, arXiv 2002.03231.
package struct SoftThresholdReparameterization: LearnedMethod {
  private let initial: Double
  package let auxiliaryDecay: Double

  package init(initial: Double, decay: Double) {
    self.initial = initial
    auxiliaryDecay = decay
  }

  package var ramp: Ramp { .beforeTraining }

  package func auxiliary(for target: WeightTarget) -> Tensor { Tensor([Float(initial)], shape: [1]) }

  package func rankingScores(_ layer: LearnedLayer) -> Tensor? { nil }

  package func effective(_ layer: LearnedLayer, at moment: PruningMoment) -> Tensor? { threshold(layer).output }

  package func pullBack(_ gradient: inout Tensor, _ layer: LearnedLayer, at moment: PruningMoment) -> Tensor {
    let (weight, parameter) = threshold(layer).gradient(upstream: gradient)
    gradient = weight
    return Tensor([Float(parameter)], shape: [1])
  }

  package func finalMask(_ layer: LearnedLayer, at moment: PruningMoment) -> KeepMask? {
    KeepMask(nonzerosOf: threshold(layer).output)
  }

  package func folded(_ layer: LearnedLayer, at moment: PruningMoment) -> Tensor { threshold(layer).output }

  private func threshold(_ layer: LearnedLayer) -> SoftThreshold {
    SoftThreshold(layer.weight, parameter: Double(layer.auxiliary.value.scalar))
  }
}
