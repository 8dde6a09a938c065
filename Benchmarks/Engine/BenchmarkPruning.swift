import Autodiff
import Kernels
import Networks
import Pruning

/// Pruning of a network at the end of its schedule, with what a training step needs of it.
struct BenchmarkPruning {
  private let session: PruningSession
  private let auxiliaryOptimizer: (any Optimizer)?
  private let optimizer: any Optimizer
  private let firstStep: Int

  static let stepsPerEpoch = 80
  static let totalSteps = 100 * stepsPerEpoch

  /// PDP with the paper's temperature, to 86.6 % of each layer.
  static let pdp = PruningConfig(
    method: .pdp(temperature: .absolute(1e-4)), structure: .unstructured, sparsity: 0.866,
    budget: Budget(rule: .uniform, cap: 1), schedule: PruningSchedule(warmupEpochs: 0, rampEpochs: 0),
    eligibility: .allConvolutionAndLinearWeights)

  /// Pruning of `targets`, whose moments are `optimizer`'s, from `firstStep` on.
  init(
    _ config: PruningConfig, targets: [any PruningTarget], optimizer: any Optimizer,
    as optimizerConfig: OptimizerConfig,
    firstStep: Int = 0
  ) throws {
    session = try PruningSession(
      config, targets: targets, seed: Seed(3), stepsPerEpoch: Self.stepsPerEpoch, totalSteps: Self.totalSteps)
    auxiliaryOptimizer = try session.auxiliaryOptimizer(optimizerConfig)?.optimizer(
      for: session.auxiliaries, groups: nil)
    self.optimizer = optimizer
    self.firstStep = firstStep
  }

  func beforeForward(step: Int, probe: (any NetworkProbe)?) throws {
    try session.beforeForward(step: firstStep + step, probe: probe)
  }

  func afterBackward() { session.afterBackward() }

  var skipsUpdate: Bool { session.skipsUpdate }

  func afterUpdate(rate: Double) {
    if let auxiliaryOptimizer, let rate = session.auxiliaryRate(weightRate: rate, peakRate: rate) {
      auxiliaryOptimizer.update(rate: rate)
    }
    session.afterUpdate { path, project in optimizer.withMoments(of: path, project) }
    for (_, parameter) in session.auxiliaries { parameter.gradient = nil }
  }
}

/// Answers for methods that score weights before the first step, which is not what is timed: the weights themselves.
struct BenchmarkProbe: NetworkProbe {
  let network: Network

  func gradients(_ settings: ProbeSettings) throws -> [String: Tensor] {
    Dictionary(network.parameters.map { ($0.path, $0.parameter.value) }, uniquingKeysWith: { first, _ in first })
  }

  func magnitudeFlow() throws -> [String: Tensor] { try gradients(ProbeSettings(examples: 1, mode: .evaluation)) }

  func featureMaps(of groups: [ChannelTarget], examples: Int) throws -> [Tensor] {
    let shape: Shape = [examples, network.config.inputChannels, 32, 32]
    let images = Tensor((0..<shape.count).map { Float($0 % 7) - 3 }, shape: shape)
    let maps = network.featureMaps(of: groups.map(\.group), images: images)
    return groups.compactMap { maps[$0.path] }
  }
}
