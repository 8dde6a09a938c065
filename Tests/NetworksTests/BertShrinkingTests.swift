import Autodiff
import Foundation
import Kernels
import Networks
import Testing

/// Attention heads and feed-forward rows as channels: which slices they are, and networks without them.
@Suite struct BertShrinkingTests {
  private static let heads = (0..<2).map { "bert.encoder.layer.\($0).attention.self.query.weight" }
  private static let rows = (0..<2).map { "bert.encoder.layer.\($0).intermediate.dense.weight" }

  /// Three heads of width 4, 20 feed-forward rows.
  private static func lively(_ pooling: BertModelConfig.Pooling = .mean) -> BertClassifier {
    BertPoolingTests.lively(BertPoolingTests.model(pooling))
  }

  private static func scores(_ network: BertClassifier, training: Bool = false) -> Tensor {
    let pass = training ? Pass(.training) : Pass(.evaluation)
    return network(BertTests.batch([6, 3, 1], length: 7), pass).value
  }

  private static func masked(_ network: BertClassifier, keeping kept: [String: [Int]]) -> BertClassifier {
    let copy = network.shrunk(keeping: [:])
    for group in copy.channelGroups() {
      guard let kept = kept[group.name] else { continue }
      group.zero((0..<group.count).filter { !kept.contains($0) })
    }
    return copy
  }

  @Test func groupsAreHeadsAndRowsOfEveryLayer() {
    let groups = Self.lively().channelGroups()
    #expect(groups.map(\.name) == [Self.heads[0], Self.rows[0], Self.heads[1], Self.rows[1]])
    #expect(groups.map(\.kind) == [.attentionHeads, .feedForwardRows, .attentionHeads, .feedForwardRows])
    #expect(groups.map(\.count) == [3, 20, 3, 20])
    #expect(groups.map(\.width) == [4, 1, 4, 1])
    #expect(groups.allSatisfy { $0.isPrunable && $0.keptIndices().count == $0.count })
    let layer = "bert.encoder.layer.1"
    let makers = ["query", "key", "value"].flatMap { name in
      ["weight", "bias"].map { "\(layer).attention.self.\(name).\($0)" }
    }
    #expect(groups[2].slices.map(\.path) == makers + ["\(layer).attention.output.dense.weight"])
    #expect(groups[2].slices.map(\.axis) == [0, 0, 0, 0, 0, 0, 1])
    #expect(
      groups[3].slices.map(\.path)
        == ["intermediate.dense.weight", "intermediate.dense.bias", "output.dense.weight"].map { "\(layer).\($0)" })
    #expect(groups[3].slices.map(\.axis) == [0, 0, 1])
  }

  @Test func zeroedHeadsAreRowsAndColumns() throws {
    let network = Self.lively()
    let before = network.state
    let group = network.channelGroups()[0]
    group.zero([1])
    #expect(group.maskedIndices() == [1])
    #expect(group.keptIndices() == [0, 2])
    let layer = "bert.encoder.layer.0.attention"
    for (path, value) in network.state {
      let old = try #require(before[path]).elements
      let isOfHead = path.hasPrefix("\(layer).self.") || path == "\(layer).output.dense.weight"
      for (index, (now, then)) in zip(value.elements, old).enumerated() {
        // Rows 4..<8 of matrices with 12 columns and of biases; columns 4..<8 of the output.
        let place = path.hasSuffix("bias") ? index : path.contains("output") ? index % 12 : index / 12
        #expect(now == (isOfHead && (4..<8).contains(place) ? 0 : then), "\(path) \(index)")
      }
    }
  }

  static let patterns: [[Int]] = [[3, 20, 2, 20], [2, 7, 3, 1], [1, 1, 1, 1], [3, 19, 1, 13], [1, 20, 3, 20]]

  @Test(arguments: BertModelConfig.Pooling.allCases, patterns)
  func maskedAndShrunkNetworksAgree(pooling: BertModelConfig.Pooling, counts: [Int]) {
    let network = Self.lively(pooling)
    let before = network.state.mapValues(\.elements)
    var kept: [String: [Int]] = [:]
    for (group, count) in zip(network.channelGroups(), counts) {
      kept[group.name] = Seed(UInt64(count)).stream(group.name).permutation(of: group.count).prefix(count).sorted()
    }
    let masked = Self.masked(network, keeping: kept)
    let shrunk = network.shrunk(keeping: kept)
    #expect(relativeDifference(Self.scores(shrunk), Self.scores(masked)) < 1e-5)
    #expect(relativeDifference(Self.scores(masked), Self.scores(network)) > 1e-3)
    let read = Dictionary(uniqueKeysWithValues: masked.channelGroups().map { ($0.name, $0.keptIndices()) })
    #expect(read == kept)
    #expect(shrunk.channelGroups().map(\.count) == counts)
    #expect(shrunk.parameters.map(\.path) == network.parameters.map(\.path))
    #expect(network.state.mapValues(\.elements) == before)
    // A head is four rows of three matrices with their biases and four columns; a row one of each.
    let removed = 2 * 3 + 2 * 20 - counts.reduce(0, +)
    let heads = 6 - counts[0] - counts[2]
    #expect(network.parameterCount - shrunk.parameterCount == heads * (12 * 13 + 4 * 12) + (removed - heads) * 25)
  }

  @Test(arguments: BertModelConfig.Pooling.allCases)
  func maskedAndShrunkNetworksTrainAlike(pooling: BertModelConfig.Pooling) throws {
    let network = Self.lively(pooling)
    let kept = [Self.heads[0]: [0, 2], Self.rows[1]: Array(4..<17), Self.heads[1]: [1]]
    let (masked, shrunk) = (Self.masked(network, keeping: kept), network.shrunk(keeping: kept))
    for network in [masked, shrunk] {
      let tape = Tape()
      let scores = network(BertTests.batch([6, 3, 1], length: 7), Pass(.training, tape: tape))
      tape.backward(from: scores, upstream: Tensor((0..<9).map { Float($0 % 4) - 1 }, shape: [3, 3]))
    }
    // The masked network's gradients, cut as its values are.
    for (_, parameter) in masked.parameters { parameter.value = try #require(parameter.gradient) }
    let expected = masked.shrunk(keeping: kept)
    let largest = expected.parameters.flatMap(\.parameter.value.elements).reduce(0) { max($0, abs($1)) }
    for ((path, parameter), wanted) in zip(shrunk.parameters, expected.parameters) {
      let gradient = try #require(parameter.gradient, "\(path)")
      #expect(gradient.shape == parameter.shape)
      let difference = zip(gradient.elements, wanted.parameter.value.elements).reduce(0) { max($0, abs($1.0 - $1.1)) }
      #expect(difference < 1e-4 * largest, "\(path)")
    }
  }

  @Test(arguments: BertModelConfig.Pooling.allCases)
  func shrunkNetworksAreRebuiltFromTheirConfiguration(pooling: BertModelConfig.Pooling) throws {
    let network = Self.lively(pooling)
    let shrunk = network.shrunk(keeping: [Self.heads[1]: [0, 2], Self.rows[0]: [3, 5, 19]])
    let encoder = JSONEncoder()
    encoder.outputFormatting = .sortedKeys
    let text = try encoder.encode(shrunk.config)
    #expect(String(decoding: text, as: UTF8.self).contains(#""feedForwardLeft":[3,20],"heads":3,"headsLeft":[3,2]"#))
    let config = try JSONDecoder().decode(BertModelConfig.self, from: text)
    #expect(config == shrunk.config)
    let loaded = BertClassifier(config)
    let file = FileManager.default.temporaryDirectory.appending(path: "\(UUID().uuidString).safetensors")
    defer { try? FileManager.default.removeItem(at: file) }
    try SafetensorsFile(tensors: shrunk.state).encoded().write(to: file)
    try loaded.load(SafetensorsFile(readingFrom: file).tensors)
    #expect(Self.scores(loaded).elements == Self.scores(shrunk).elements)
    #expect(throws: WeightsError.self) { try BertClassifier(network.config).load(shrunk.state) }
    // Whole networks say nothing of what is left.
    #expect(network.shrunk(keeping: [Self.heads[0]: [0, 1, 2]]).config == network.config)
    // Initial weights do not mind.
    #expect(BertClassifier(config, seed: Seed(1)).parameterCount == shrunk.parameterCount)
  }

  @Test func shrunkNetworksShrinkFurther() {
    let network = Self.lively()
    let once = network.shrunk(keeping: [Self.heads[0]: [0, 2], Self.rows[0]: [1, 4, 9]])
    let twice = once.shrunk(keeping: [Self.heads[0]: [1], Self.rows[1]: [7]])
    let both = network.shrunk(keeping: [Self.heads[0]: [2], Self.rows[0]: [1, 4, 9], Self.rows[1]: [7]])
    #expect(twice.config == both.config)
    #expect(twice.config.encoder.headsLeft == [1, 3])
    #expect(twice.config.encoder.feedForwardLeft == [3, 1])
    #expect(twice.state.mapValues(\.elements) == both.state.mapValues(\.elements))
    #expect(Self.scores(twice).elements == Self.scores(both).elements)
  }

  @Test func shrunkNetworksCostLess() {
    let network = Self.lively()
    let shrunk = network.shrunk(keeping: [Self.heads[1]: [0], Self.rows[0]: Array(0..<5)])
    let costs = shrunk.costs(length: 7)
    func macs(_ name: String) -> Int? { costs.first { $0.path == name }?.macs }
    #expect(macs("bert.encoder.layer.1.attention.self.value.weight") == 7 * 4 * 12)
    #expect(macs("bert.encoder.layer.1.attention.output.dense.weight") == 7 * 12 * 4)
    #expect(macs("bert.encoder.layer.1.attention.self") == 2 * 7 * 7 * 4)
    #expect(macs("bert.encoder.layer.0.attention.self") == 2 * 7 * 7 * 12)
    #expect(macs("bert.encoder.layer.0.intermediate.dense.weight") == 7 * 5 * 12)
    #expect(macs("bert.encoder.layer.0.output.dense.weight") == 7 * 12 * 5)
    #expect(costs.parameters == shrunk.parameterCount)
  }

  @Test func badRequestsAreRefused() async {
    await #expect(processExitsWith: .failure, "no head kept") {
      _ = BertShrinkingTests.lively().shrunk(keeping: [BertShrinkingTests.heads[0]: []])
    }
    await #expect(processExitsWith: .failure, "a head too many") {
      _ = BertShrinkingTests.lively().shrunk(keeping: [BertShrinkingTests.heads[0]: [3]])
    }
    await #expect(processExitsWith: .failure, "no group") {
      _ = BertShrinkingTests.lively().shrunk(keeping: ["bert.pooler.dense.weight": [0]])
    }
    await #expect(processExitsWith: .failure, "no head left in a configuration") {
      var config = BertPoolingTests.model(.mean)
      config.encoder.headsLeft = [0, 3]
      _ = BertClassifier(config)
    }
    await #expect(processExitsWith: .failure, "counts of another number of layers") {
      var config = BertPoolingTests.model(.mean)
      config.encoder.feedForwardLeft = [20]
      _ = BertClassifier(config)
    }
  }
}
