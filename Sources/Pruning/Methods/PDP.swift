import Kernels

/// Parameter-free differentiable pruning: a soft mask from each weight's distance to the layer's threshold.
///
/// The threshold is taken anew from the current weights at every step and is a constant in the backward pass, unless it
/// is attached. Pruned weights keep their values and learn; the mask is made hard when the network is frozen. The
/// layers' shares are fixed by one ranking at the end of the warm-up, and the pruned share grows once an epoch. N:M: the
/// same in every group of input channels. Channels: the same on the L2 norms of filters.
///
/// - Source: Cho, Adya, Naik, "PDP: Parameter-free Differentiable Pruning is All You Need", 2023, arXiv 2305.11203.
/// - Note: with N:M and a relative temperature, a layer has one temperature, from the mean squared threshold of groups.
package struct PDP: SoftPruningMethod {
  private let sharpness: MethodConfig.Temperature
  package let isThresholdAttached: Bool

  package init(temperature: MethodConfig.Temperature, threshold: MethodConfig.ThresholdGradient? = nil) {
    sharpness = temperature
    isThresholdAttached = threshold == .attached
  }

  package var ramp: Ramp { .linear }
  package var ranking: Ranking { .once }
  package var storage: MethodConfig.Storage { .shadow }

  package var isRelative: Bool {
    if case .relative = sharpness { true } else { false }
  }

  package func temperature(threshold: Double) -> Double {
    switch sharpness {
    case .absolute(let tau): tau
    // Where more weights are zero than are pruned, the threshold is 0 and every other weight is kept.
    case .relative(let kappa): max(kappa * threshold * threshold, Double(Float.leastNormalMagnitude))
    }
  }
}
