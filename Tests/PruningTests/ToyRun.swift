import Autodiff
import Foundation
import Kernels
import Pruning

@testable import Networks

/// A training run without data: each number is pulled towards a target, with momentum and weight decay.
///
/// Weights stand alone but where channels are pruned; those belong to `ToyChannels`.
final class ToyRun {
  static let sizes = [20, 300, 144, 64]
  static let stepsPerEpoch = 10
  static let epochs = 10
  static let totalSteps = stepsPerEpoch * epochs
  static let rate = 0.02
  static let sgd = OptimizerConfig.sgd(
    SGDConfig(momentum: 0.9, nesterov: true, weightDecay: 5e-4, decayScope: .allParameters))
  static let adam = OptimizerConfig.adam(
    AdamConfig(beta1: 0.9, beta2: 0.99, epsilon: 1e-8, weightDecay: 5e-4, decayScope: .allParameters))

  /// How the numbers before training lie.
  enum Values: CaseIterable {
    case random
    /// A few values, each many times.
    case tied
    case equal
  }

  let named: [(path: String, parameter: Parameter)]
  let optimizer: any Optimizer
  let auxiliaryOptimizer: (any Optimizer)?
  let session: PruningSession
  let totalSteps: Int
  private(set) var updates: [PruningUpdate] = []
  private let targets: [[Float]]

  var parameters: [Parameter] { named.map(\.parameter) }

  /// A run whose layers have weights and targets of the given scales.
  init(
    _ config: PruningConfig, seed: Seed = Seed(3), sizes: [Int] = ToyRun.sizes, scales: [Float] = [1, 0.5, 2, 1],
    values: Values = .random, optimizer: OptimizerConfig = ToyRun.sgd, totalSteps: Int = ToyRun.totalSteps
  ) throws {
    let isOfChannels = config.structure.kind == .channels
    let channels = isOfChannels ? ToyChannels() : nil
    let named =
      channels?.named
      ?? sizes.enumerated().map { layer, size in
        ("layer\(layer).weight", Parameter(Tensor(repeating: 0, shape: [size / 4, 4]), role: .weight))
      }
    var targets: [[Float]] = []
    for (index, (path, parameter)) in named.enumerated() {
      let (count, scale) = (parameter.shape.count, scales[index % scales.count])
      let label = isOfChannels ? path : "\(count)"
      parameter.value = Tensor(Self.values(count, "initial/\(label)", scale, values), shape: parameter.shape)
      targets.append(Self.values(count, "target/\(label)", scale, values))
    }
    self.named = named
    self.targets = targets
    self.totalSteps = totalSteps
    if let channels, case .channels(let minimum, let multiple) = config.structure {
      session = try PruningSession(
        config, targets: channels.groups.map { ChannelTarget($0, minimum: minimum, multiple: multiple) }, seed: seed,
        stepsPerEpoch: Self.stepsPerEpoch, totalSteps: totalSteps)
    } else {
      session = try PruningSession(
        config, weights: named.map { PrunableWeight(path: $0.path, parameter: $0.parameter) }, seed: seed,
        stepsPerEpoch: Self.stepsPerEpoch, totalSteps: totalSteps)
    }
    self.optimizer = try optimizer.optimizer(for: named, groups: nil)
    auxiliaryOptimizer = try session.auxiliaryOptimizer(optimizer)?.optimizer(for: session.auxiliaries, groups: nil)
  }

  /// Runs steps `range`; `afterStep` sees the run between steps, `beforeUpdate` with its gradients.
  func train(_ range: Range<Int>, afterStep: (Int) -> Void = { _ in }, beforeUpdate: (Int) -> Void = { _ in }) throws {
    for step in range {
      if let update = try session.beforeForward(step: step, probe: ToyProbe(named: named)) { updates.append(update) }
      if session.resetsMoments {
        for (path, _) in named { optimizer.withMoments(of: path) { $0 = Tensor(repeating: 0, shape: $0.shape) } }
      }
      for (parameter, target) in zip(parameters, targets) {
        let active = parameter.active.elements
        parameter.gradient = Tensor(zip(active, target).map { $0 - $1 }, shape: parameter.shape)
      }
      session.afterBackward()
      beforeUpdate(step)
      if !session.skipsUpdate { optimizer.update(rate: Self.rate) }
      if let auxiliaryOptimizer, let rate = session.auxiliaryRate(weightRate: Self.rate, peakRate: Self.rate) {
        auxiliaryOptimizer.update(rate: rate)
      }
      session.afterUpdate { path, project in optimizer.withMoments(of: path, project) }
      for parameter in parameters + session.auxiliaries.map(\.parameter) { parameter.gradient = nil }
      afterStep(step)
    }
  }

  /// Runs all steps.
  func train() throws { try train(0..<totalSteps) }

  var elements: [[Float]] { parameters.map(\.value.elements) }

  /// Every moment of the parameter at `path`.
  func moments(of path: String) -> [[Float]] {
    var moments: [[Float]] = []
    optimizer.withMoments(of: path) { moments.append($0.elements) }
    return moments
  }

  // MARK: Checkpoints

  /// What a checkpoint holds of a run.
  struct Checkpoint {
    let state: Data
    let values: [Tensor]
    let learned: [String: Tensor]
    let optimizer: OptimizerState
    let auxiliaryOptimizer: OptimizerState?
  }

  func checkpoint() throws -> Checkpoint {
    Checkpoint(
      state: try JSONEncoder().encode(session.state), values: parameters.map(\.value),
      learned: Dictionary(uniqueKeysWithValues: session.auxiliaries.map { ($0.path, $0.parameter.value) }),
      optimizer: optimizer.state, auxiliaryOptimizer: auxiliaryOptimizer?.state)
  }

  func restore(_ checkpoint: Checkpoint) throws {
    for (parameter, value) in zip(parameters, checkpoint.values) { parameter.value = value }
    try optimizer.restore(checkpoint.optimizer)
    try session.restore(JSONDecoder().decode(PruningState.self, from: checkpoint.state))
    try session.restore(auxiliaries: checkpoint.learned)
    if let state = checkpoint.auxiliaryOptimizer { try auxiliaryOptimizer?.restore(state) }
  }

  private static func values(_ count: Int, _ name: String, _ scale: Float, _ values: Values) -> [Float] {
    let stream = Seed(17).stream(name)
    return (0..<count).map { index in
      switch values {
      case .random: Float(stream.uniform(at: index) - 0.5) * scale
      case .tied: Float(1 + stream.integer(below: 3, at: index)) * scale / 4
      case .equal: 0.5
      }
    }
  }
}

/// What a network would say of itself: numbers that follow from the weights, or are drawn.
struct ToyProbe: NetworkProbe {
  let named: [(path: String, parameter: Parameter)]

  func gradients(_ settings: ProbeSettings) throws -> [String: Tensor] {
    Dictionary(
      uniqueKeysWithValues: named.map { path, parameter in
        let stream = Seed(7).stream("gradient/\(path)/\(settings.half ?? 2)")
        let values = parameter.value.elements.enumerated().map { $1 * $1 - Float(stream.uniform(at: $0)) }
        return (path, Tensor(values, shape: parameter.shape))
      })
  }

  func magnitudeFlow() throws -> [String: Tensor] {
    Dictionary(
      uniqueKeysWithValues: named.map { path, parameter in
        let stream = Seed(7).stream("flow/\(path)")
        return (path, Tensor((0..<parameter.shape.count).map { Float(stream.uniform(at: $0)) }, shape: parameter.shape))
      })
  }

  func featureMaps(of groups: [ChannelTarget], examples: Int) throws -> [Tensor] {
    groups.map { group in
      let stream = Seed(7).stream("maps/\(group.path)")
      let shape: Shape = [examples, group.count, 3, 4]
      // Whole numbers, mostly 0: ranks differ.
      return Tensor((0..<shape.count).map { Float(max(0, stream.integer(below: 9, at: $0) - 5)) }, shape: shape)
    }
  }
}

/// Two groups of channels, of 12 and 20: a filter, a depthwise follower, and two producers that are added.
struct ToyChannels {
  let named: [(path: String, parameter: Parameter)]
  /// The prunable ones.
  let groups: [ChannelGroup]

  init() {
    var named: [(path: String, parameter: Parameter)] = []
    var graph = ChannelGraph()
    func parameter(_ path: String, _ shape: Shape, _ role: Parameter.Role = .weight) -> Parameter {
      let parameter = Parameter(Tensor(repeating: 0, shape: shape), role: role)
      named.append((path, parameter))
      return parameter
    }
    func normalize(_ channels: ChannelGraph.Channels, _ path: String, _ count: Int) {
      graph.normalize(
        channels,
        ChannelGroup.Normalization(
          path: path, scale: parameter("\(path).weight", [count], .normalization),
          shift: parameter("\(path).bias", [count], .normalization), statistics: RunningStatistics(channels: count)))
    }
    let images = graph.begin("images", count: 3)
    let first = graph.transform(images, at: "a", weight: parameter("a.weight", [12, 3, 2, 2]))
    normalize(first, "a.norm", 12)
    graph.filter(first, at: "a.deep", weight: parameter("a.deep.weight", [12, 1, 3, 3]))
    normalize(first, "a.deep.norm", 12)
    let second = graph.transform(first, at: "b", weight: parameter("b.weight", [20, 12, 1, 1]))
    normalize(second, "b.norm", 20)
    let third = graph.transform(second, at: "c", weight: parameter("c.weight", [20, 20, 1, 1]))
    normalize(third, "c.norm", 20)
    let sum = graph.join(second, third, at: "sum")
    let scores = graph.transform(
      sum, at: "fc", weight: parameter("fc.weight", [5, 20]), bias: parameter("fc.bias", [5], .bias))
    self.named = named
    groups = graph.groups(scores: scores).filter(\.isPrunable)
  }
}

extension PruningConfig {
  /// Config with 2 epochs of warm-up, 5 of ramp, and a cap of 98 %.
  static func test(
    _ method: MethodConfig, _ structure: Structure = .unstructured, sparsity: Double = 0.8,
    rule: Budget.Rule = .global, cap: Double = 0.98, warmup: Double = 2, ramp: Double = 5
  ) -> PruningConfig {
    PruningConfig(
      method: method, structure: structure, sparsity: method == .dense ? 0 : sparsity,
      budget: Budget(rule: rule, cap: cap), schedule: PruningSchedule(warmupEpochs: warmup, rampEpochs: ramp),
      eligibility: .allConvolutionAndLinearWeights)
  }

  /// The methods of the first studies.
  static let pruningMethods: [MethodConfig] = [
    .pdp(temperature: .absolute(1e-4)), .pdp(temperature: .relative(0.05)), .gmp(storage: .shadow),
    .gmp(storage: .projected), .oneShot, .random,
  ]

  /// Every method that prunes, with numbers that suit a hundred steps.
  static let everyMethod: [MethodConfig] =
    pruningMethods + [
      .pdp(temperature: .absolute(1e-3), threshold: .attached), .iterativeMagnitude(rounds: 3, rewindEpochs: 1), .dnw,
      .acdc, .set(share: 0.3, interval: 7, until: 0.75), .rigL(share: 0.3, interval: 7, until: 0.75),
      .graNet(initialSparsity: 0.4, share: 0.5, interval: 7), .str(initial: -4, decay: 0.05),
      .continuousSparsification(initial: 0.02, penalty: 1e-3, sharpness: 200, selection: .sign),
      .continuousSparsification(initial: 0.02, penalty: 1e-3, sharpness: 200, selection: .highest),
      .optG(steepness: 1), .movement(scoreRate: 0.1), .softMovement(scoreRate: 2, threshold: 0.1, penalty: 400),
      .snip(examples: 8), .grasp(examples: 8), .synFlow(rounds: 5), .srSTE(pull: 2e-4), .asp, .lbc, .l1Norm, .l2Norm,
      .fpgm, .slimming(penalty: 1e-3), .taylor(examples: 8), .hRank(examples: 4), .chip(examples: 2),
    ]

  /// Every method with every structure that it prunes in.
  static let everyPair: [(MethodConfig, Structure)] = everyMethod.flatMap { method in
    method.structures.flatMap { kind -> [Structure] in
      switch kind {
      case .unstructured: [.unstructured]
      case .groups: [.groups(keeping: 2, of: 4), .groups(keeping: 1, of: 4)]
      case .blocks: [.blocks(size: 2), .blocks(size: 4)]
      case .channels: [.channels(minimum: 1, multiple: 1)]
      }
    }.map { (method, $0) }
  }
}
