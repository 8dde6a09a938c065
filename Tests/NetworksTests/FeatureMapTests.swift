import Autodiff
import Kernels
import Networks
import Testing

@Suite struct FeatureMapTests {
  private static func network(
    _ architecture: ModelConfig.Architecture, stem: ModelConfig.Stem = .small
  ) -> Network {
    .scrambled(ModelConfig(architecture: architecture, width: 0.125, stem: stem, inputChannels: 3, classes: 4))
  }

  /// Convolution and batch normalisation of `x` with the weights of `network` under two paths.
  private func normalized(
    _ x: Tensor, _ network: Network, _ convolution: String, _ normalization: String, stride: Int = 1, padding: Int = 0,
    groups: Int = 1
  ) throws -> Tensor {
    let state = network.state
    let y = Convolution.forward(
      x, weight: try #require(state["\(convolution).weight"]),
      geometry: .init(stride: stride, padding: padding, groups: groups))
    let names = ["weight", "bias", "running_mean", "running_var"]
    let vectors = try names.map { try #require(state["\(normalization).\($0)"]).elements }
    let area = y.shape[2] * y.shape[3]
    let elements = y.elements.enumerated().map { index, value in
      let channel = index / area % y.shape[1]
      let centred = (value - vectors[2][channel]) / (vectors[3][channel] + 1e-5).squareRoot()
      return centred * vectors[0][channel] + vectors[1][channel]
    }
    return Tensor(elements, shape: y.shape)
  }

  @Test(arguments: ModelConfig.Architecture.allCases, ModelConfig.Stem.allCases)
  func everyGroupHasAMapWithItsChannels(architecture: ModelConfig.Architecture, stem: ModelConfig.Stem) throws {
    let network = Self.network(architecture, stem: stem)
    let groups = network.prunableGroups
    let images = noise([2, 3, 32, 32])
    let before = network.state.mapValues(\.elements)
    let maps = network.featureMaps(of: groups, images: images)
    #expect(maps.count == groups.count)
    for group in groups {
      let map = try #require(maps[group.name])
      #expect(map.rank == 4)
      #expect([map.shape[0], map.shape[1]] == [2, group.count], "\(group.name)")
      #expect(map.elements.contains { $0 > 0 }, "\(group.name)")
      // Only the ends of inverted residual blocks have no rectifier.
      let isLinear = architecture == .mobileNetV2 && group.name.split(separator: ".").dropLast(2).last == "conv"
      #expect(map.elements.contains { $0 < 0 } == isLinear, "\(group.name)")
    }
    #expect(network.state.mapValues(\.elements) == before)
  }

  /// Masked channels are zero in every block of a stage, so that shortcuts bring nothing to their maps.
  @Test(arguments: ModelConfig.Architecture.allCases)
  func maskedChannelsHaveEmptyMaps(architecture: ModelConfig.Architecture) throws {
    let network = Self.network(architecture)
    let groups = network.prunableGroups
    for group in groups { group.zero([2, 5]) }
    for (name, map) in network.featureMaps(of: groups, images: noise([1, 3, 16, 16])) {
      let area = map.shape[2] * map.shape[3]
      for channel in [2, 5] {
        let values = map.elements[(channel * area)...].prefix(area)
        #expect(values.allSatisfy { $0 == 0 }, "\(name) \(channel)")
      }
    }
  }

  @Test func mobileNetsMapsAreThoseOfTheLayersByHand() throws {
    let network = Self.network(.mobileNetV1)
    let images = noise([2, 3, 16, 16])
    let groups = Array(network.prunableGroups.prefix(2))
    let maps = network.featureMaps(of: groups, images: images)
    #expect(maps.keys.sorted() == ["features.0.0.weight", "features.1.3.weight"])
    let stem = Elementwise.relu(try normalized(images, network, "features.0.0", "features.0.1", padding: 1))
    #expect(relativeDifference(try #require(maps["features.0.0.weight"]), stem) < 1e-5)
    // The first map ends before the depthwise convolution that its channels pass through.
    let filtered = Elementwise.relu(
      try normalized(stem, network, "features.1.0", "features.1.1", padding: 1, groups: 8))
    let next = Elementwise.relu(try normalized(filtered, network, "features.1.3", "features.1.4"))
    #expect(relativeDifference(try #require(maps["features.1.3.weight"]), next) < 1e-5)
  }

  @Test func invertedResidualsMapsAreCappedInsideAndLinearAtTheEnd() throws {
    let network = Self.network(.mobileNetV2)
    let groups = network.prunableGroups
    let maps = network.featureMaps(of: groups, images: noise([2, 3, 16, 16]))
    let inside = try #require(maps["features.4.conv.0.0.weight"])
    let hidden = inside.shape[1]
    let filtered = Elementwise.relu6(
      try normalized(
        inside, network, "features.4.conv.1.0", "features.4.conv.1.1", stride: 2, padding: 1, groups: hidden))
    let end = try normalized(filtered, network, "features.4.conv.2", "features.4.conv.3")
    #expect(relativeDifference(try #require(maps["features.4.conv.2.weight"]), end) < 1e-5)
    let inner = groups.filter { !$0.followers.isEmpty }
    #expect(inner.count == 17)
    for group in inner { #expect(maps[group.name]?.elements.allSatisfy { (0...6).contains($0) } == true) }
  }

  /// The second stage's map is its first block's output; the first stage's is the stem's.
  @Test func resNetsMapsAreThoseOfTheLayersByHand() throws {
    let network = Self.network(.resNet18)
    let images = noise([2, 3, 12, 12])
    let maps = network.featureMaps(of: network.prunableGroups, images: images)
    var x = Elementwise.relu(try normalized(images, network, "conv1", "bn1", padding: 1))
    #expect(relativeDifference(try #require(maps["conv1.weight"]), x) < 1e-5)
    for block in ["layer1.0", "layer1.1"] {
      let inner = Elementwise.relu(try normalized(x, network, "\(block).conv1", "\(block).bn1", padding: 1))
      #expect(relativeDifference(try #require(maps["\(block).conv1.weight"]), inner) < 1e-5)
      x = Elementwise.rectifiedSum(
        try normalized(inner, network, "\(block).conv2", "\(block).bn2", padding: 1), x)
    }
    let inner = try #require(maps["layer2.0.conv1.weight"])
    let output = Elementwise.rectifiedSum(
      try normalized(inner, network, "layer2.0.conv2", "layer2.0.bn2", padding: 1),
      try normalized(x, network, "layer2.0.downsample.0", "layer2.0.downsample.1", stride: 2))
    #expect(relativeDifference(try #require(maps["layer2.0.conv2.weight"]), output) < 1e-5)
  }

  @Test func mapsOfThePublishedStemLieBeforeItsPooling() {
    let network = Self.network(.resNet50, stem: .imageNet)
    let maps = network.featureMaps(of: network.prunableGroups, images: noise([1, 3, 64, 64]))
    #expect(maps["conv1.weight"]?.shape == [1, 8, 32, 32])
    #expect(maps["layer1.0.conv1.weight"]?.shape == [1, 8, 16, 16])
    #expect(maps["layer1.0.conv3.weight"]?.shape == [1, 32, 16, 16])
    // The stride is in the 3x3.
    #expect(maps["layer2.0.conv1.weight"]?.shape == [1, 16, 16, 16])
    #expect(maps["layer2.0.conv2.weight"]?.shape == [1, 16, 8, 8])
    #expect(maps["layer4.0.conv3.weight"]?.shape == [1, 256, 2, 2])
  }

  @Test func shrunkNetworksHaveTheMapsOfTheKeptChannels() throws {
    let network = Self.network(.resNet18)
    let kept = [1, 4, 7]
    let images = noise([2, 3, 12, 12])
    let shrunk = network.shrunk(keeping: ["conv1.weight": kept])
    let maps = shrunk.featureMaps(of: Array(shrunk.prunableGroups.prefix(1)), images: images)
    let map = try #require(maps["conv1.weight"])
    let fullMaps = network.featureMaps(of: Array(network.prunableGroups.prefix(1)), images: images)
    let full = try #require(fullMaps["conv1.weight"]).elements
    var expected: [Float] = []
    for image in 0..<2 {
      for channel in kept { expected += full[(144 * (8 * image + channel))...].prefix(144) }
    }
    #expect(relativeDifference(map, Tensor(expected, shape: [2, 3, 12, 12])) < 1e-5)
  }

  @Test func groupsWithoutMapsAreRefused() async {
    await #expect(processExitsWith: .failure, "scores") {
      let network = Self.network(.mobileNetV1)
      _ = network.featureMaps(of: network.channelGroups(), images: noise([1, 3, 16, 16]))
    }
  }
}
