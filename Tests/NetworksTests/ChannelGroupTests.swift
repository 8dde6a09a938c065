import Autodiff
import Kernels
import Networks
import Testing

@Suite struct ChannelGroupTests {
  private static func network(
    _ architecture: ModelConfig.Architecture, width: Double = 0.25, stem: ModelConfig.Stem = .small
  ) -> Network {
    Network(ModelConfig(architecture: architecture, width: width, stem: stem, inputChannels: 3, classes: 10))
  }

  /// One line a group: its name, its channels, and the layers that make, filter, normalise and read them.
  private func lines(_ groups: [ChannelGroup]) -> [String] {
    groups.map { group in
      let parts = [
        ("made by", group.producers.map(\.path)), ("filtered by", group.followers.map(\.path)),
        ("normalised by", group.normalizations.map(\.path)), ("read by", group.consumers.map(\.path)),
      ]
      let text = parts.filter { !$0.1.isEmpty }.map { name, paths in
        "\(name) \(paths.map { $0.hasSuffix(".weight") ? String($0.dropLast(7)) : $0 }.joined(separator: " "))"
      }
      return "\(group.name) \(group.count): \(text.joined(separator: "; "))"
    }
  }

  private func lines(_ text: String) -> [String] { text.split(separator: "\n").map(String.init) }

  // MARK: Lists written out by hand

  @Test(arguments: ModelConfig.Stem.allCases) func mobileNetV1sGroups(stem: ModelConfig.Stem) {
    let groups = Self.network(.mobileNetV1, stem: stem).channelGroups()
    #expect(
      lines(groups)
        == lines(
          """
          images 3: read by features.0.0
          features.0.0.weight 8: made by features.0.0; filtered by features.1.0; normalised by features.0.1 features.1.1; read by features.1.3
          features.1.3.weight 16: made by features.1.3; filtered by features.2.0; normalised by features.1.4 features.2.1; read by features.2.3
          features.2.3.weight 32: made by features.2.3; filtered by features.3.0; normalised by features.2.4 features.3.1; read by features.3.3
          features.3.3.weight 32: made by features.3.3; filtered by features.4.0; normalised by features.3.4 features.4.1; read by features.4.3
          features.4.3.weight 64: made by features.4.3; filtered by features.5.0; normalised by features.4.4 features.5.1; read by features.5.3
          features.5.3.weight 64: made by features.5.3; filtered by features.6.0; normalised by features.5.4 features.6.1; read by features.6.3
          features.6.3.weight 128: made by features.6.3; filtered by features.7.0; normalised by features.6.4 features.7.1; read by features.7.3
          features.7.3.weight 128: made by features.7.3; filtered by features.8.0; normalised by features.7.4 features.8.1; read by features.8.3
          features.8.3.weight 128: made by features.8.3; filtered by features.9.0; normalised by features.8.4 features.9.1; read by features.9.3
          features.9.3.weight 128: made by features.9.3; filtered by features.10.0; normalised by features.9.4 features.10.1; read by features.10.3
          features.10.3.weight 128: made by features.10.3; filtered by features.11.0; normalised by features.10.4 features.11.1; read by features.11.3
          features.11.3.weight 128: made by features.11.3; filtered by features.12.0; normalised by features.11.4 features.12.1; read by features.12.3
          features.12.3.weight 256: made by features.12.3; filtered by features.13.0; normalised by features.12.4 features.13.1; read by features.13.3
          features.13.3.weight 256: made by features.13.3; normalised by features.13.4; read by classifier
          classifier.weight 10: made by classifier
          """))
    #expect(groups.filter(\.isPrunable).count == 14)
    #expect(groups.first?.isPrunable == false)
    #expect(groups.first?.reason == "they are those of the network's inputs")
    #expect(groups.last?.isPrunable == false)
    #expect(groups.last?.reason == "they are the network's outputs")
  }

  /// The first block does not widen, and an addition makes the outputs of the second stage's blocks one group.
  @Test(arguments: ModelConfig.Stem.allCases) func mobileNetV2sFirstGroups(stem: ModelConfig.Stem) {
    let groups = Self.network(.mobileNetV2, width: 1, stem: stem).channelGroups()
    #expect(
      lines(Array(groups[1...5]))
        == lines(
          """
          features.0.0.weight 32: made by features.0.0; filtered by features.1.conv.0.0; normalised by features.0.1 features.1.conv.0.1; read by features.1.conv.1
          features.1.conv.1.weight 16: made by features.1.conv.1; normalised by features.1.conv.2; read by features.2.conv.0.0
          features.2.conv.0.0.weight 96: made by features.2.conv.0.0; filtered by features.2.conv.1.0; normalised by features.2.conv.0.1 features.2.conv.1.1; read by features.2.conv.2
          features.2.conv.2.weight 24: made by features.2.conv.2 features.3.conv.2; normalised by features.2.conv.3 features.3.conv.3; read by features.3.conv.0.0 features.4.conv.0.0
          features.3.conv.0.0.weight 144: made by features.3.conv.0.0; filtered by features.3.conv.1.0; normalised by features.3.conv.0.1 features.3.conv.1.1; read by features.3.conv.2
          """))
    #expect(
      lines(Array(groups.suffix(3)))
        == lines(
          """
          features.17.conv.2.weight 320: made by features.17.conv.2; normalised by features.17.conv.3; read by features.18.0
          features.18.0.weight 1280: made by features.18.0; normalised by features.18.1; read by classifier.1
          classifier.1.weight 10: made by classifier.1
          """))
    // The stem, 16 blocks that widen, the outputs of seven stages, the last convolution.
    #expect(groups.filter(\.isPrunable).count == 1 + 16 + 7 + 1)
  }

  /// Without projection the first stage goes on with the stem's channels.
  @Test(arguments: ModelConfig.Stem.allCases) func resNet18sFirstGroups(stem: ModelConfig.Stem) {
    let groups = Self.network(.resNet18, stem: stem).channelGroups()
    #expect(
      lines(Array(groups[...6]))
        == lines(
          """
          images 3: read by conv1
          conv1.weight 16: made by conv1 layer1.0.conv2 layer1.1.conv2; normalised by bn1 layer1.0.bn2 layer1.1.bn2; read by layer1.0.conv1 layer1.1.conv1 layer2.0.conv1 layer2.0.downsample.0
          layer1.0.conv1.weight 16: made by layer1.0.conv1; normalised by layer1.0.bn1; read by layer1.0.conv2
          layer1.1.conv1.weight 16: made by layer1.1.conv1; normalised by layer1.1.bn1; read by layer1.1.conv2
          layer2.0.conv1.weight 32: made by layer2.0.conv1; normalised by layer2.0.bn1; read by layer2.0.conv2
          layer2.0.conv2.weight 32: made by layer2.0.conv2 layer2.0.downsample.0 layer2.1.conv2; normalised by layer2.0.bn2 layer2.0.downsample.1 layer2.1.bn2; read by layer2.1.conv1 layer3.0.conv1 layer3.0.downsample.0
          layer2.1.conv1.weight 32: made by layer2.1.conv1; normalised by layer2.1.bn1; read by layer2.1.conv2
          """))
    #expect(groups.filter(\.isPrunable).count == 4 + 8)
    #expect(groups.last { $0.isPrunable }?.consumers.map(\.path) == ["layer4.1.conv2.weight"])
  }

  @Test(arguments: ModelConfig.Stem.allCases) func resNet50sFirstGroups(stem: ModelConfig.Stem) {
    let groups = Self.network(.resNet50, stem: stem).channelGroups()
    #expect(
      lines(Array(groups[1...17]))
        == lines(
          """
          conv1.weight 16: made by conv1; normalised by bn1; read by layer1.0.conv1 layer1.0.downsample.0
          layer1.0.conv1.weight 16: made by layer1.0.conv1; normalised by layer1.0.bn1; read by layer1.0.conv2
          layer1.0.conv2.weight 16: made by layer1.0.conv2; normalised by layer1.0.bn2; read by layer1.0.conv3
          layer1.0.conv3.weight 64: made by layer1.0.conv3 layer1.0.downsample.0 layer1.1.conv3 layer1.2.conv3; normalised by layer1.0.bn3 layer1.0.downsample.1 layer1.1.bn3 layer1.2.bn3; read by layer1.1.conv1 layer1.2.conv1 layer2.0.conv1 layer2.0.downsample.0
          layer1.1.conv1.weight 16: made by layer1.1.conv1; normalised by layer1.1.bn1; read by layer1.1.conv2
          layer1.1.conv2.weight 16: made by layer1.1.conv2; normalised by layer1.1.bn2; read by layer1.1.conv3
          layer1.2.conv1.weight 16: made by layer1.2.conv1; normalised by layer1.2.bn1; read by layer1.2.conv2
          layer1.2.conv2.weight 16: made by layer1.2.conv2; normalised by layer1.2.bn2; read by layer1.2.conv3
          layer2.0.conv1.weight 32: made by layer2.0.conv1; normalised by layer2.0.bn1; read by layer2.0.conv2
          layer2.0.conv2.weight 32: made by layer2.0.conv2; normalised by layer2.0.bn2; read by layer2.0.conv3
          layer2.0.conv3.weight 128: made by layer2.0.conv3 layer2.0.downsample.0 layer2.1.conv3 layer2.2.conv3 layer2.3.conv3; normalised by layer2.0.bn3 layer2.0.downsample.1 layer2.1.bn3 layer2.2.bn3 layer2.3.bn3; read by layer2.1.conv1 layer2.2.conv1 layer2.3.conv1 layer3.0.conv1 layer3.0.downsample.0
          layer2.1.conv1.weight 32: made by layer2.1.conv1; normalised by layer2.1.bn1; read by layer2.1.conv2
          layer2.1.conv2.weight 32: made by layer2.1.conv2; normalised by layer2.1.bn2; read by layer2.1.conv3
          layer2.2.conv1.weight 32: made by layer2.2.conv1; normalised by layer2.2.bn1; read by layer2.2.conv2
          layer2.2.conv2.weight 32: made by layer2.2.conv2; normalised by layer2.2.bn2; read by layer2.2.conv3
          layer2.3.conv1.weight 32: made by layer2.3.conv1; normalised by layer2.3.bn1; read by layer2.3.conv2
          layer2.3.conv2.weight 32: made by layer2.3.conv2; normalised by layer2.3.bn2; read by layer2.3.conv3
          """))
    // The stem, two convolutions in each of 16 blocks, the outputs of four stages.
    #expect(groups.filter(\.isPrunable).count == 1 + 32 + 4)
    #expect(groups.last?.name == "fc.weight")
  }

  @Test func resNet34HasAGroupAStageAndABlock() {
    let groups = Self.network(.resNet34, width: 0.125).channelGroups()
    #expect(groups.filter(\.isPrunable).count == 4 + 16)
    // A stage of n blocks: the stem or projection, and each block's second convolution.
    let stages = ["conv1", "layer2.0.conv2", "layer3.0.conv2", "layer4.0.conv2"]
    #expect(
      stages.map { stage in groups.first { $0.name == "\(stage).weight" }?.producers.count } == [4, 5, 7, 4])
  }

  // MARK: Laws

  /// Each axis of each weight, each vector and each running statistic is in one group, which has its extent.
  @Test(arguments: ModelConfig.Architecture.allCases, ModelConfig.Stem.allCases)
  func everyAxisIsInOneGroup(architecture: ModelConfig.Architecture, stem: ModelConfig.Stem) {
    let network = Self.network(architecture, width: 0.125, stem: stem)
    let groups = network.channelGroups()
    var groupsOfAxes: [String: [String]] = [:]
    for group in groups {
      #expect(group.producers.first.map(\.path) ?? "images" == group.name)
      for slices in group.slices {
        groupsOfAxes["\(slices.path) \(slices.axis)", default: []].append(group.name)
        #expect(slices.parameter.shape[slices.axis] == group.count, "\(slices.path)")
      }
      for normalization in group.normalizations {
        groupsOfAxes[normalization.path, default: []].append(group.name)
        #expect(normalization.statistics.mean.shape == [group.count])
      }
    }
    let followers = Set(groups.flatMap { $0.followers.map(\.path) })
    var axes = network.statistics.map(\.path)
    for (path, parameter) in network.parameters {
      axes.append("\(path) 0")
      if parameter.role == .weight, !followers.contains(path) { axes.append("\(path) 1") }
      #expect(followers.contains(path) == (parameter.shape.rank == 4 && parameter.shape[1] == 1), "\(path)")
    }
    #expect(groupsOfAxes.keys.sorted() == axes.sorted())
    #expect(groupsOfAxes.values.allSatisfy { $0.count == 1 })
    #expect(Set(groups.map(\.name)).count == groups.count)
    // The objects are the network's own.
    let parameters = Dictionary(uniqueKeysWithValues: network.parameters.map { ($0.path, $0.parameter) })
    let statistics = Dictionary(uniqueKeysWithValues: network.statistics.map { ($0.path, $0.statistics) })
    for slices in groups.flatMap(\.slices) { #expect(parameters[slices.path] === slices.parameter) }
    for member in groups.flatMap(\.normalizations) { #expect(statistics[member.path] === member.statistics) }
  }

  /// Channels that were zeroed are read back, also with the consumers' slices filled again; one filled filter or shift
  /// is enough for a channel to be there.
  @Test(arguments: ModelConfig.Architecture.allCases) func zeroedChannelsAreMasked(
    architecture: ModelConfig.Architecture
  ) throws {
    // Narrower, MobileNet-v2's second group would hold both sides of a weight.
    let width = architecture == .mobileNetV2 ? 0.35 : 0.125
    let dense = Network.scrambled(
      ModelConfig(architecture: architecture, width: width, stem: .small, inputChannels: 3, classes: 3))
    for number in dense.prunableGroups.indices {
      let group = dense.clone().prunableGroups[number]
      #expect(group.maskedIndices().isEmpty)
      #expect(group.keptIndices() == Array(0..<group.count))
      group.zero([1, 6])
      #expect(group.maskedIndices() == [1, 6], "\(group.name)")
      #expect(group.keptIndices() == (0..<group.count).filter { $0 != 1 && $0 != 6 })
      for slices in group.slices {
        let shape = slices.parameter.shape
        let inner = shape.extents[(slices.axis + 1)...].reduce(1, *)
        let zeros = slices.parameter.value.elements.enumerated().filter { $0.element == 0 }.map(\.offset)
        let expected = (0..<shape.count).filter { [1, 6].contains($0 / inner % group.count) }
        #expect(zeros == expected, "\(slices.path)")
      }
      for consumer in group.consumers {
        consumer.parameter.value = Tensor(repeating: 1, shape: consumer.parameter.shape)
      }
      #expect(group.maskedIndices() == [1, 6])
      let shift = try #require(group.normalizations.last?.shift)
      shift.value.withMutableElements { $0[6] = 1e-30 }
      #expect(group.maskedIndices() == [1])
      let filters = try #require(group.followers.first ?? group.producers.last).parameter
      let last = 2 * filters.shape.count / filters.shape[0] - 1
      filters.value.withMutableElements { $0[last] = -1 }
      #expect(group.maskedIndices().isEmpty)
      group.zero([])
      #expect(group.maskedIndices().isEmpty)
    }
  }

  /// A hidden linear map's bias goes with its outputs, and a sum makes groups one however late it comes.
  @Test func layersOutsideOfNetworksConnect() {
    let layers = Sequence([("a", Linear(5, 4)), ("b", Linear(4, 3)), ("c", Linear(3, 2))])
    var graph = ChannelGraph()
    let inputs = graph.begin("inputs", count: 5)
    let first = layers.connect(inputs, at: "net", in: &graph)
    let second = Linear(5, 2).connect(inputs, at: "other", in: &graph)
    let sum = graph.join(second, first, at: "sum")
    let scores = Linear(2, 1).connect(sum, at: "last", in: &graph)
    let groups = graph.groups(scores: scores)
    #expect(
      groups.map(\.name) == ["inputs", "net.a.weight", "net.b.weight", "net.c.weight", "last.weight"])
    #expect(groups.map(\.isPrunable) == [false, true, true, true, false])
    #expect(groups[1].slices.map(\.path) == ["net.a.weight", "net.a.bias", "net.b.weight"])
    #expect(groups[1].slices.map(\.axis) == [0, 0, 1])
    #expect(groups[3].producers.map(\.path) == ["net.c.weight", "other.weight"])
    #expect(groups[3].consumers.map(\.path) == ["last.weight"])
  }

  @Test func whatCannotBeCutIsRefused() async {
    await #expect(processExitsWith: .failure, "groups of two channels") {
      var graph = ChannelGraph()
      let channels = graph.begin("images", count: 8)
      _ = Convolution2d(8, 8, kernel: 3, geometry: .init(groups: 4)).connect(channels, at: "conv", in: &graph)
    }
    await #expect(processExitsWith: .failure, "two filters a channel") {
      var graph = ChannelGraph()
      let channels = graph.begin("images", count: 8)
      _ = Convolution2d(8, 16, kernel: 3, geometry: .init(groups: 8)).connect(channels, at: "conv", in: &graph)
    }
    await #expect(processExitsWith: .failure, "sum of different counts") {
      var graph = ChannelGraph()
      let (first, second) = (graph.begin("first", count: 8), graph.begin("second", count: 9))
      _ = graph.join(first, second, at: "sum")
    }
    await #expect(processExitsWith: .failure, "weight for other channels") {
      var graph = ChannelGraph()
      let channels = graph.begin("images", count: 3)
      _ = Linear(4, 2).connect(channels, at: "fc", in: &graph)
    }
    await #expect(processExitsWith: .failure, "scores") {
      Self.network(.mobileNetV1).channelGroups().last?.zero([0])
    }
    await #expect(processExitsWith: .failure, "channel that does not exist") {
      Self.network(.mobileNetV1).channelGroups()[1].zero([8])
    }
  }
}
