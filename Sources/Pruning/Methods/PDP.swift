import Kernels

/// Parameter-free differentiable pruning: a soft mask from each weight's distance to the layer's threshold.
///
/// The threshold is taken anew from the current weights at every step and is a constant in the backward pass. Pruned
/// weights keep their values and learn; the mask is made hard when the network is frozen. The layers' shares are fixed
/// by one ranking at the end of the warm-up, and the pruned share grows once an epoch.
///
/// - Source: Cho, Adya, Naik, "PDP: Parameter-free Differentiable Pruning is All You Need", 2023, arXiv 2305.11203.
package struct PDP: PruningMethod {
  private let temperature: MethodConfig.Temperature

  package init(temperature: MethodConfig.Temperature) {
    self.temperature = temperature
  }

  package var ramp: Ramp { .linear }
  package var ranking: Ranking { .once }
  package var storage: MethodConfig.Storage { .shadow }

  package func softMask(of weight: Tensor, pruned: Int, after last: SoftMask?) -> SoftMask? {
    let threshold = MagnitudeBorder(of: weight, pruned: pruned, near: last.map { Float($0.threshold) }).threshold
    switch temperature {
    case .absolute(let tau):
      return SoftMask(threshold: threshold, temperature: tau)
    case .relative(let kappa):
      // Where more weights are zero than are pruned, the threshold is 0 and every other weight is kept.
      let tau = max(kappa * threshold * threshold, Double(Float.leastNormalMagnitude))
      return SoftMask(threshold: threshold, temperature: tau)
    }
  }
}
