import Autodiff
import Kernels
import Pruning

/// A training run without a network: each weight is pulled towards a target, with momentum and weight decay.
final class ToyRun {
  static let sizes = [20, 300, 144, 64]
  static let stepsPerEpoch = 10
  static let epochs = 10

  let parameters: [Parameter]
  var velocities: [Tensor]
  let session: PruningSession
  private(set) var updates: [PruningUpdate] = []
  private let targets: [[Float]]

  /// A run whose layers have weights and targets of the given scales.
  init(_ config: PruningConfig, seed: Seed = Seed(3), scales: [Float] = [1, 0.5, 2, 1]) throws(PruningError) {
    parameters = zip(Self.sizes, scales).map { size, scale in
      Parameter(Tensor(Self.values(size, "initial/\(size)", scale), shape: [size / 4, 4]), role: .weight)
    }
    targets = zip(Self.sizes, scales).map { size, scale in Self.values(size, "target/\(size)", scale) }
    velocities = parameters.map { Tensor(repeating: 0, shape: $0.shape) }
    session = try PruningSession(
      config, weights: parameters.enumerated().map { PrunableWeight(path: "layer\($0).weight", parameter: $1) },
      seed: seed, stepsPerEpoch: Self.stepsPerEpoch, totalSteps: Self.stepsPerEpoch * Self.epochs)
  }

  /// Runs steps `range`; `afterStep` sees the run between steps.
  func train(_ range: Range<Int>, afterStep: (Int) -> Void = { _ in }) throws {
    for step in range {
      if let update = try session.beforeForward(step: step) { updates.append(update) }
      for (parameter, target) in zip(parameters, targets) {
        let active = parameter.active.elements
        parameter.gradient = Tensor(zip(active, target).map { $0 - $1 }, shape: parameter.shape)
      }
      session.afterBackward()
      for (index, parameter) in parameters.enumerated() {
        guard let gradient = parameter.gradient else { continue }
        OptimizerUpdate.sgd(
          &parameter.value, velocity: &velocities[index], gradient: gradient, rate: 0.02, momentum: 0.9,
          nesterov: true, decay: 5e-4)
        parameter.gradient = nil
      }
      session.afterUpdate { path, project in
        for index in velocities.indices where path == "layer\(index).weight" { project(&velocities[index]) }
      }
      afterStep(step)
    }
  }

  /// Runs all steps.
  func train() throws { try train(0..<Self.stepsPerEpoch * Self.epochs) }

  var elements: [[Float]] { parameters.map(\.value.elements) }

  private static func values(_ count: Int, _ name: String, _ scale: Float) -> [Float] {
    let stream = Seed(17).stream(name)
    return (0..<count).map { Float(stream.uniform(at: $0) - 0.5) * scale }
  }
}

extension PruningConfig {
  /// Config with 2 epochs of warm-up, 5 of ramp, and a cap of 98 %.
  static func test(
    _ method: MethodConfig, sparsity: Double = 0.8, rule: Budget.Rule = .global, cap: Double = 0.98,
    warmup: Double = 2, ramp: Double = 5
  ) -> PruningConfig {
    PruningConfig(
      method: method, structure: .unstructured, sparsity: method == .dense ? 0 : sparsity,
      budget: Budget(rule: rule, cap: cap), schedule: PruningSchedule(warmupEpochs: warmup, rampEpochs: ramp),
      eligibility: .allConvolutionAndLinearWeights)
  }

  /// Every method that prunes.
  static let pruningMethods: [MethodConfig] = [
    .pdp(temperature: .absolute(1e-4)), .pdp(temperature: .relative(0.05)), .gmp(storage: .shadow),
    .gmp(storage: .projected), .oneShot, .random,
  ]
}
