import Autodiff
import Foundation
import Kernels
import Networks
import Pruning
import Testing

/// The network that is evaluated under masks, the frozen one, and the one that is exported and read again.
@Suite struct FreezeTests {
  static let architectures: [ModelConfig.Architecture] = [.mobileNetV1, .mobileNetV2, .resNet18, .resNet50]
  static let structures: [Structure] = [
    .unstructured, .groups(keeping: 2, of: 4), .blocks(size: 2), .channels(minimum: 1, multiple: 1),
    .channels(minimum: 2, multiple: 4),
  ]

  /// A small network whose normalisations are not those of the start.
  private static func network(_ architecture: ModelConfig.Architecture) -> Network {
    let network = Network(
      ModelConfig(architecture: architecture, width: 0.125, stem: .small, inputChannels: 3, classes: 5), seed: Seed(8))
    for (path, parameter) in network.parameters where parameter.role == .normalization {
      parameter.value = random(path, parameter.shape, path.hasSuffix("weight") ? 0.5...1.5 : -0.3...0.3)
    }
    for (path, own) in network.statistics {
      own.mean = random("\(path) mean", own.mean.shape, -0.1...0.1)
      // Signals grow little from layer to layer: capped ones that grow magnify rounding.
      own.variance = random("\(path) variance", own.variance.shape, 0.2...0.4)
    }
    return network
  }

  private static func random(_ name: String, _ shape: Shape, _ range: ClosedRange<Double>) -> Tensor {
    let stream = Seed(12).stream(name)
    let width = range.upperBound - range.lowerBound
    return Tensor((0..<shape.count).map { Float(range.lowerBound + width * stream.uniform(at: $0)) }, shape: shape)
  }

  private static func logits(_ network: Network) -> [Float] {
    network(Variable(random("images", [2, 3, 12, 12], -2...2)), Pass(.evaluation)).value.elements
  }

  private static func session(_ config: PruningConfig, _ network: Network) throws -> PruningSession {
    let costs = network.costs(imageHeight: 12, imageWidth: 12)
    return try PruningSession(
      config, targets: config.targets(in: network, costs: costs), seed: Seed(4), stepsPerEpoch: 1, totalSteps: 4)
  }

  @Test(arguments: architectures, structures)
  func whatIsEvaluatedIsWhatIsFrozenAndExported(
    architecture: ModelConfig.Architecture, structure: Structure
  ) throws {
    let methods: [MethodConfig] =
      [.gmp(storage: .shadow)] + (structure.kind == .blocks ? [] : [.pdp(temperature: .relative(0.5))])
    for method in methods {
      let network = Self.network(architecture)
      let dense = Self.logits(network)
      let session = try Self.session(.test(method, structure, sparsity: 0.5, warmup: 0, ramp: 1), network)
      for step in 0..<3 { try session.beforeForward(step: step) }
      let soft = session.withMasks(.asTrained) { Self.logits(network) }
      let hard = session.withMasks(.hard) { Self.logits(network) }
      #expect(Self.logits(network) == dense)
      #expect((soft == hard) == (method == .gmp(storage: .shadow)))
      #expect(hard != dense && hard.allSatisfy { $0.isFinite })
      let frozen = try session.freeze(step: 3)
      #expect(frozen.achieved == frozen.scheduled && frozen.achieved > 0)
      #expect(Self.logits(network) == hard)

      let read = Network(network.config)
      let file = FileManager.default.temporaryDirectory.appending(path: "freeze-\(UUID().uuidString).safetensors")
      try SafetensorsFile(tensors: network.state).encoded().write(to: file)
      defer { try? FileManager.default.removeItem(at: file) }
      try read.load(SafetensorsFile(readingFrom: file).tensors)
      #expect(Self.logits(read) == hard)

      guard structure.kind == .channels else { continue }
      let groups = session.targets.compactMap { $0 as? ChannelTarget }.map(\.group)
      let shrunk = network.shrunk(
        keeping: Dictionary(uniqueKeysWithValues: groups.map { ($0.name, $0.keptIndices()) }))
      #expect(shrunk.parameterCount < network.parameterCount * 3 / 4)
      let scale = hard.reduce(0) { max($0, abs($1)) }
      let difference = zip(Self.logits(shrunk), hard).reduce(0) { max($0, abs($1.0 - $1.1)) }
      #expect(difference < 1e-5 * scale)
      if case .channels(let minimum, let multiple) = structure {
        for group in groups {
          let kept = group.keptIndices().count
          #expect(kept >= minimum && (kept % multiple == 0 || kept == group.count), "\(group.name)")
        }
      }
    }
  }

  /// Factors and shrinkage are in what is frozen.
  @Test(arguments: [
    MethodConfig.str(initial: -4, decay: 0),
    .continuousSparsification(initial: 0.1, penalty: 0, sharpness: 50, selection: .highest),
    .continuousSparsification(initial: 0.1, penalty: 0, sharpness: 50, selection: .sign), .optG(steepness: 1),
    .softMovement(scoreRate: 1, threshold: 0.1, penalty: 1),
  ])
  func learntMasksAreFoldedIn(method: MethodConfig) throws {
    let network = Self.network(.resNet18)
    let session = try Self.session(.test(method, sparsity: 0.5, warmup: 0, ramp: 2), network)
    for (path, auxiliary) in session.auxiliaries where auxiliary.shape.count > 1 {
      auxiliary.value = Self.random(path, auxiliary.shape, -3...3)
    }
    for step in 0..<2 { try session.beforeForward(step: step) }
    // Continuous sparsification is fixed at the third step; others when they are frozen.
    let hard = session.withMasks(.hard) { Self.logits(network) }
    let before = network.state
    for step in 2..<4 { try session.beforeForward(step: step) }
    let last = session.withMasks(.hard) { Self.logits(network) }
    let frozen = try session.freeze(step: 4)
    #expect(Self.logits(network) == last)
    #expect(frozen.achieved == frozen.scheduled && frozen.achieved > frozen.total / 100)
    let factor = 1 + exp(-0.1)
    switch method {
    case .str:
      #expect(last == hard)
      let threshold = 1 / (1 + exp(4.0))
      for target in session.targets {
        let old = try #require(before[target.path]).elements
        let new = try #require(network.state[target.path]).elements
        #expect(zip(old, new).allSatisfy { abs(max(abs(Double($0)) - threshold, 0) - abs(Double($1))) < 1e-6 })
      }
    case .continuousSparsification(_, _, _, let selection):
      if selection == .sign { #expect(last == hard) }
      if selection == .highest { #expect(frozen.achieved == frozen.requested) }
      for target in session.targets {
        let old = try #require(before[target.path]).elements
        let new = try #require(network.state[target.path]).elements
        #expect(zip(old, new).allSatisfy { $1 == 0 || abs(Double($0) * factor - Double($1)) < 1e-6 })
      }
    default:
      for target in session.targets {
        let old = try #require(before[target.path]).elements
        let new = try #require(network.state[target.path]).elements
        #expect(zip(old, new).allSatisfy { $1 == 0 || $0 == $1 })
      }
    }
  }
}
