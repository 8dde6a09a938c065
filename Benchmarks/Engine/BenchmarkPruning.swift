import Autodiff
import Kernels
import Pruning

/// Pruning of every given weight to 86.6 % by PDP with the paper's temperature, at the end of its schedule.
struct BenchmarkPruning {
  private let session: PruningSession

  /// nil unless `mode` prunes.
  init?(_ weights: [(path: String, parameter: Parameter)], _ mode: BenchmarkMode) throws {
    guard mode == .pdp else { return nil }
    let config = PruningConfig(
      method: .pdp(temperature: .absolute(1e-4)), structure: .unstructured, sparsity: 0.866,
      budget: Budget(rule: .uniform, cap: 1), schedule: PruningSchedule(warmupEpochs: 0, rampEpochs: 1),
      eligibility: .allConvolutionAndLinearWeights)
    session = try PruningSession(
      config, weights: weights.map { PrunableWeight(path: $0.path, parameter: $0.parameter) }, seed: Seed(3),
      stepsPerEpoch: 1, totalSteps: 1 << 40)
  }

  func beforeForward(step: Int) throws { try session.beforeForward(step: step) }

  func afterBackward() { session.afterBackward() }
}
