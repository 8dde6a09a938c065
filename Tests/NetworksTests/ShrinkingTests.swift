import Autodiff
import Foundation
import Kernels
import Networks
import Testing

@Suite struct ShrinkingTests {
  private static func config(
    _ architecture: ModelConfig.Architecture, stem: ModelConfig.Stem = .small
  ) -> ModelConfig {
    ModelConfig(architecture: architecture, width: 0.125, stem: stem, inputChannels: 3, classes: 5)
  }

  /// How many channels each group keeps.
  enum Share: CaseIterable {
    /// Any number from 1.
    case random
    /// 3, so that no count is a multiple of 8.
    case three
    case one
    /// All but one.
    case most
    /// Every other group all, the others any number.
    case alternating
  }

  /// Channels to keep of each prunable group, random ones in order.
  static func kept(_ network: Network, _ share: Share, seed: UInt64 = 5) -> [String: [Int]] {
    var kept: [String: [Int]] = [:]
    for (number, group) in network.prunableGroups.enumerated() {
      let stream = Seed(seed).stream("\(group.name) \(share)")
      let random = 1 + stream.integer(below: group.count, at: 1 << 20)
      let count =
        switch share {
        case .random: random
        case .three: 3
        case .one: 1
        case .most: group.count - 1
        case .alternating: number % 2 == 0 ? group.count : random
        }
      kept[group.name] = stream.permutation(of: group.count).prefix(count).sorted()
    }
    return kept
  }

  // MARK: Equal outputs

  @Test(arguments: ModelConfig.Architecture.allCases, ModelConfig.Stem.allCases)
  func maskedAndShrunkNetworksAgree(architecture: ModelConfig.Architecture, stem: ModelConfig.Stem) throws {
    let network = Network.scrambled(Self.config(architecture, stem: stem))
    let before = network.state.mapValues(\.elements)
    let images = noise([3, 3, 40, 36])
    for share in Share.allCases {
      let kept = Self.kept(network, share)
      let masked = network.masked(keeping: kept)
      let shrunk = network.shrunk(keeping: kept)
      let difference = relativeDifference(shrunk.scores(images), masked.scores(images))
      #expect(difference < 1e-5, "\(share)")
      // The masked network's own masks are those that were set, and what they mask may be left out of it as well.
      let read = Dictionary(uniqueKeysWithValues: masked.prunableGroups.map { ($0.name, $0.keptIndices()) })
      #expect(read == kept)
      #expect(masked.shrunk(keeping: read).state.mapValues(\.elements) == shrunk.state.mapValues(\.elements))
      #expect(shrunk.prunableGroups.map(\.count) == network.prunableGroups.map { kept[$0.name]?.count })
      #expect(shrunk.channelGroups().map(\.name) == network.channelGroups().map(\.name))
      #expect(shrunk.parameterCount < network.parameterCount)
    }
    // The masks matter.
    let masked = network.masked(keeping: Self.kept(network, .most))
    #expect(relativeDifference(masked.scores(images), network.scores(images)) > 1e-3)
    #expect(network.state.mapValues(\.elements) == before)
    #expect(network.config.channels == nil)
  }

  /// A masked channel also stays zero under a batch's own statistics, so that the gradients agree too.
  @Test(arguments: ModelConfig.Architecture.allCases, Share.allCases)
  func maskedAndShrunkNetworksTrainAlike(architecture: ModelConfig.Architecture, share: Share) throws {
    let network = Network.scrambled(Self.config(architecture))
    let images = noise([8, 3, 32, 32])
    let upstream = Tensor((0..<40).map { Float($0 % 7) - 3 }, shape: [8, 5])
    let kept = Self.kept(network, share)
    let masked = network.masked(keeping: kept)
    let shrunk = network.shrunk(keeping: kept)
    var scores: [Tensor] = []
    for network in [masked, shrunk] {
      let tape = Tape()
      let output = network(Variable(images), Pass(.training, tape: tape))
      scores.append(output.value)
      tape.backward(from: output, upstream: upstream)
    }
    #expect(relativeDifference(scores[1], scores[0]) < 1e-2)
    // The masked network's gradients, cut as its values are.
    for (_, parameter) in masked.parameters { parameter.value = try #require(parameter.gradient) }
    let expected = masked.shrunk(keeping: kept)
    let total = expected.parameters.reduce(0) { $0 + squaredNorm($1.parameter.value.elements) }.squareRoot()
    var squaredError = 0.0
    for ((path, parameter), wanted) in zip(shrunk.parameters, expected.parameters) {
      let gradient = try #require(parameter.gradient, "\(path)")
      #expect(gradient.shape == parameter.shape, "\(path)")
      #expect(Elementwise.isFinite(gradient), "\(path)")
      let values = wanted.parameter.value.elements
      let error = squaredNorm(zip(gradient.elements, values).map { $0 - $1 })
      squaredError += error
      guard architecture == .resNet18 || architecture == .resNet34 else { continue }
      // Some gradients are sums that cancel, such as that of a normalised convolution with one weight a filter.
      let bound = 1e-2 * (squaredNorm(values).squareRoot() + 1e-3 * total)
      #expect(error.squareRoot() < bound, "\(path)")
    }
    // In the others rounding decides here and there whether a rectifier is open.
    #expect(squaredError.squareRoot() < 0.2 * total)
    for ((path, own), wanted) in zip(shrunk.statistics, expected.statistics) {
      #expect(relativeDifference(own.mean, wanted.statistics.mean) < 1e-2, "\(path)")
      #expect(relativeDifference(own.variance, wanted.statistics.variance) < 1e-2, "\(path)")
    }
  }

  private func squaredNorm(_ values: [Float]) -> Double { values.reduce(0) { $0 + Double($1) * Double($1) } }

  /// Zeroing one channel touches its group alone, and leaving it out then changes no score.
  @Test(arguments: ModelConfig.Architecture.allCases)
  func oneChannelOfEachGroupCanBeLeftOut(architecture: ModelConfig.Architecture) {
    let network = Network.scrambled(Self.config(architecture))
    let images = noise([2, 3, 12, 12])
    let dense = network.scores(images)
    let before = network.state.mapValues(\.elements)
    var changes = 0
    for group in network.prunableGroups {
      let channel = Seed(3).stream(group.name).integer(below: group.count, at: 0)
      let kept = [group.name: (0..<group.count).filter { $0 != channel }]
      let masked = network.masked(keeping: kept)
      let scores = masked.scores(images)
      #expect(relativeDifference(network.shrunk(keeping: kept).scores(images), scores) < 1e-5, "\(group.name)")
      if scores.elements != dense.elements { changes += 1 }
      let own = Set(group.slices.map(\.path))
      for (path, elements) in masked.state.mapValues(\.elements) {
        #expect((elements != before[path]) == own.contains(path), "\(group.name): \(path)")
      }
    }
    // A random channel may lie dead, but not most of them.
    #expect(changes > network.prunableGroups.count / 2)
  }

  // MARK: Costs

  @Test func shrunkMobileNetCostsWhatIsCountedByHand() {
    // Counts 8, 8, 16, 16, 32, 32, 64, 64, 64, 64, 64, 64, 128, 128 at width 0.125.
    let network = Network(Self.config(.mobileNetV1))
    let kept = [
      "features.0.0.weight": [0, 2, 7], "features.1.3.weight": [1, 2, 3, 4, 5], "features.6.3.weight": [63],
      "features.13.3.weight": Array(0..<127),
    ]
    let shrunk = network.shrunk(keeping: kept)
    let costs = shrunk.costs(imageHeight: 8, imageWidth: 8)
    let macs = [
      3 * 3 * 9 * 64,  // stem
      3 * 9 * 64, 3 * 5 * 64, 5 * 9 * 16, 5 * 16 * 16,  // blocks 1 and 2
      16 * 9 * 16, 16 * 16 * 16, 16 * 9 * 4, 16 * 32 * 4,  // 3 and 4
      32 * 9 * 4, 32 * 32 * 4, 32 * 9 * 1, 32 * 1 * 1,  // 5 and 6
      1 * 9, 1 * 64,  // 7
      64 * 9, 64 * 64, 64 * 9, 64 * 64, 64 * 9, 64 * 64, 64 * 9, 64 * 64,  // 8 to 11
      64 * 9, 64 * 128, 128 * 9, 128 * 127,  // 12 and 13
      127 * 5,
    ]
    #expect(costs.filter(\.hasWeight).map(\.macs) == macs)
    let depthwise = costs.filter { $0.operation == .depthwiseConvolution }.map(\.path)
    #expect(depthwise == (1...13).map { "features.\($0).0.weight" })
    let early = [3 * 27, 3 * (9 + 5), 5 * (9 + 16), 16 * (9 + 16), 16 * (9 + 32), 32 * (9 + 32), 32 * (9 + 1)]
    let late = [1 * (9 + 64), 4 * 64 * (9 + 64), 64 * (9 + 128), 128 * (9 + 127)]
    // Scale and shift of every channel, once where it is made and once where it is filtered.
    let made = [3, 5, 16, 16, 32, 32, 1, 64, 64, 64, 64, 64, 128]
    let norms = 2 * (2 * made.reduce(0, +) + 127)
    #expect(costs.parameters == (early + late).reduce(0, +) + norms + 127 * 5 + 5)
    #expect(shrunk.parameterCount == costs.parameters)
    #expect(costs.map(\.path) == network.costs(imageHeight: 8, imageWidth: 8).map(\.path))
  }

  @Test func shrunkResNetCostsWhatIsCountedByHand() {
    // 8 channels in the first stage, 16 in the second; the second's first block halves 8x8 images.
    let network = Network(Self.config(.resNet18))
    let kept = [
      "conv1.weight": [1, 4, 6], "layer1.0.conv1.weight": [7], "layer2.0.conv2.weight": Array(3..<16),
    ]
    let costs = network.shrunk(keeping: kept).costs(imageHeight: 8, imageWidth: 8)
    let first = [
      27 * 3 * 64, 9 * 3 * 1 * 64, 9 * 1 * 3 * 64, 9 * 3 * 8 * 64, 9 * 8 * 3 * 64,
      9 * 3 * 16 * 16, 9 * 16 * 13 * 16, 3 * 13 * 16, 9 * 13 * 16 * 16, 9 * 16 * 13 * 16,
      9 * 13 * 32 * 4,
    ]
    #expect(costs.filter(\.hasWeight).prefix(11).map(\.macs) == first)
  }

  // MARK: Configuration

  /// The configuration alone, through its text, gives a network that the weights fit under PyTorch's names.
  @Test(arguments: ModelConfig.Architecture.allCases)
  func shrunkNetworkIsRebuiltFromItsConfiguration(architecture: ModelConfig.Architecture) throws {
    let network = Network.scrambled(Self.config(architecture))
    let kept = Self.kept(network, .alternating)
    let shrunk = network.shrunk(keeping: kept)
    let encoder = JSONEncoder()
    encoder.outputFormatting = .sortedKeys
    let text = try encoder.encode(shrunk.config)
    let config = try JSONDecoder().decode(ModelConfig.self, from: text)
    #expect(config == shrunk.config)
    let url = FileManager.default.temporaryDirectory.appending(path: "\(UUID().uuidString).safetensors")
    defer { try? FileManager.default.removeItem(at: url) }
    try SafetensorsFile(tensors: shrunk.state).encoded().write(to: url)
    let loaded = Network(config)
    try loaded.load(SafetensorsFile(readingFrom: url).tensors)
    #expect(Set(loaded.state.keys) == Set(network.state.keys))
    let images = noise([2, 3, 12, 12])
    #expect(loaded.scores(images).elements == shrunk.scores(images).elements)
    #expect(throws: WeightsError.self) { try Network(network.config).load(shrunk.state) }
    // Only groups that lost channels are named.
    let counts = Dictionary(uniqueKeysWithValues: network.prunableGroups.map { ($0.name, $0.count) })
    let smaller = kept.mapValues(\.count).filter { $0.value < counts[$0.key, default: 0] }
    #expect(config.channels == smaller)
    #expect(smaller.count < kept.count)
    // Initial weights of a shrunk network are drawn within the bounds of its own fan-ins.
    let fresh = Network(config, seed: Seed(1))
    for (path, parameter) in fresh.parameters where parameter.role == .weight {
      let bound = 1 / Float(parameter.shape.extents.dropFirst().reduce(1, *)).squareRoot()
      #expect(parameter.value.elements.allSatisfy { abs($0) <= bound && $0 != 0 }, "\(path)")
    }
  }

  @Test func fullNetworksKeepTheirText() throws {
    let encoder = JSONEncoder()
    encoder.outputFormatting = .sortedKeys
    func text(_ config: ModelConfig) throws -> String { String(decoding: try encoder.encode(config), as: UTF8.self) }
    let network = Network(Self.config(.resNet18))
    let full = #"{"architecture":"resnet18","classes":5,"inputChannels":3,"stem":"small","width":0.125}"#
    #expect(try text(network.config) == full)
    let whole = network.shrunk(keeping: ["conv1.weight": Array(0..<8)])
    #expect(try text(whole.config) == full)
    let shrunk = network.shrunk(keeping: ["conv1.weight": [0, 5]])
    let smaller =
      #"{"architecture":"resnet18","channels":{"conv1.weight":2},"classes":5,"inputChannels":3,"stem":"small","#
      + #""width":0.125}"#
    #expect(try text(shrunk.config) == smaller)
  }

  /// Twice shrunk is shrunk by both.
  @Test func shrunkNetworksShrinkFurther() {
    let network = Network.scrambled(Self.config(.mobileNetV2))
    let (stem, last) = ("features.0.0.weight", "features.18.0.weight")
    let once = network.shrunk(keeping: [stem: [0, 2, 3, 5, 7]])
    let twice = once.shrunk(keeping: [stem: [1, 4], last: [0, 9, 1279]])
    #expect(twice.config.channels == [stem: 2, last: 3])
    #expect(once.config.channels == [stem: 5])
    let both = network.shrunk(keeping: [stem: [2, 7], last: [0, 9, 1279]])
    #expect(twice.state.mapValues(\.elements) == both.state.mapValues(\.elements))
    #expect(twice.state["features.0.0.weight"]?.shape == [2, 3, 3, 3])
    #expect(twice.state["features.1.conv.0.0.weight"]?.shape == [2, 1, 3, 3])
    // So narrow that the first block has a shortcut.
    #expect(twice.state["features.1.conv.1.weight"]?.shape == [2, 2, 1, 1])
    #expect(twice.state["features.2.conv.0.0.weight"]?.shape == [48, 2, 1, 1])
  }

  /// What is kept is kept in order, axis by axis, and running statistics with it.
  @Test func slicesAreThoseOfTheKeptChannels() throws {
    let network = Network.scrambled(Self.config(.resNet18))
    let shrunk = network.shrunk(keeping: ["conv1.weight": [6, 7], "layer1.0.conv1.weight": [0, 3, 4]])
    let (before, after) = (network.state, shrunk.state)
    let filters = try #require(before["layer1.0.conv1.weight"]).elements
    var expected: [Float] = []
    for output in [0, 3, 4] {
      for input in [6, 7] { expected += filters[(9 * (8 * output + input))...].prefix(9) }
    }
    #expect(after["layer1.0.conv1.weight"]?.shape == [3, 2, 3, 3])
    #expect(after["layer1.0.conv1.weight"]?.elements == expected)
    for name in ["weight", "bias", "running_mean", "running_var"] {
      let vector = try #require(before["layer1.0.bn1.\(name)"]).elements
      #expect(after["layer1.0.bn1.\(name)"]?.elements == [vector[0], vector[3], vector[4]])
    }
  }

  @Test func cloneIsEqualAndApart() {
    let network = Network.scrambled(Self.config(.mobileNetV1)).shrunk(keeping: ["features.0.0.weight": [1, 2]])
    let copy = network.clone()
    #expect(copy.config == network.config)
    #expect(copy.state.mapValues(\.elements) == network.state.mapValues(\.elements))
    copy.parameters[0].parameter.value.withMutableElements { $0[0] = 77 }
    copy.statistics[0].statistics.mean.withMutableElements { $0[0] = 77 }
    #expect(network.state["features.0.0.weight"]?.elements[0] != 77)
    #expect(network.state["features.0.1.running_mean"]?.elements[0] != 77)
  }

  @Test func badRequestsAreRefused() async {
    await #expect(processExitsWith: .failure, "nothing kept") {
      _ = Network(Self.config(.resNet18)).shrunk(keeping: ["conv1.weight": []])
    }
    await #expect(processExitsWith: .failure, "falling order") {
      _ = Network(Self.config(.resNet18)).shrunk(keeping: ["conv1.weight": [1, 0]])
    }
    await #expect(processExitsWith: .failure, "too high") {
      _ = Network(Self.config(.resNet18)).shrunk(keeping: ["conv1.weight": [0, 8]])
    }
    await #expect(processExitsWith: .failure, "no group") {
      _ = Network(Self.config(.resNet18)).shrunk(keeping: ["layer1.0.conv2.weight": [0]])
    }
    await #expect(processExitsWith: .failure, "scores") {
      _ = Network(Self.config(.resNet18)).shrunk(keeping: ["fc.weight": [0]])
    }
    await #expect(processExitsWith: .failure, "images") {
      _ = Network(Self.config(.resNet18)).shrunk(keeping: ["images": [0]])
    }
    await #expect(processExitsWith: .failure, "configuration with too many") {
      var config = Self.config(.resNet18)
      config.channels = ["conv1.weight": 9]
      _ = Network(config)
    }
    await #expect(processExitsWith: .failure, "configuration with none") {
      var config = Self.config(.resNet18)
      config.channels = ["conv1.weight": 0]
      _ = Network(config)
    }
  }
}
