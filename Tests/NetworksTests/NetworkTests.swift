import Autodiff
import Kernels
import Networks
import Testing

@Suite struct NetworkTests {
  /// The networks as published.
  static func full(_ architecture: ModelConfig.Architecture) -> ModelConfig {
    ModelConfig(architecture: architecture, width: 1, stem: .imageNet, inputChannels: 3, classes: 1000)
  }

  /// The small variants that the studies train.
  static func small(_ architecture: ModelConfig.Architecture, width: Double = 0.25, classes: Int = 10) -> ModelConfig {
    ModelConfig(architecture: architecture, width: width, stem: .small, inputChannels: 3, classes: classes)
  }

  @Test(
    arguments: zip(
      ModelConfig.Architecture.allCases,
      [
        (StateLists.mobileNetV1, 137), (StateLists.mobileNetV2, 262), (StateLists.resNet18, 102),
        (StateLists.resNet34, 182), (StateLists.resNet50, 267),
      ]))
  func namesOrderAndShapesAreThoseOfPyTorch(architecture: ModelConfig.Architecture, state: (list: String, count: Int)) {
    let network = Network(Self.full(architecture))
    let expected = StateLists.entries(of: state.list)
    #expect(expected.count == state.count)
    #expect(network.state.mapValues(\.shape) == Dictionary(uniqueKeysWithValues: expected.map { ($0.path, $0.shape) }))
    let parameters = expected.map(\.path).filter { !$0.contains(".running_") }
    #expect(network.parameters.map(\.path) == parameters)
    let means = expected.map(\.path).filter { $0.hasSuffix(".running_mean") }
    #expect(network.statistics.map { "\($0.path).running_mean" } == means)
  }

  @Test func rolesTellWeightsFromBiasesAndNormalization() {
    let roles = Dictionary(
      uniqueKeysWithValues: Network(Self.small(.resNet18)).parameters.map { ($0.path, $0.parameter.role) })
    #expect(roles["conv1.weight"] == .weight)
    #expect(roles["layer2.0.downsample.0.weight"] == .weight)
    #expect(roles["fc.weight"] == .weight)
    #expect(roles["fc.bias"] == .bias)
    #expect(roles["bn1.weight"] == .normalization)
    #expect(roles["layer2.0.downsample.1.bias"] == .normalization)
    // 20 convolutions and a linear map; scale and shift after each convolution.
    #expect(roles.values.count { $0 == .weight } == 21)
    #expect(roles.values.count { $0 == .normalization } == 40)
    #expect(roles.values.count { $0 == .bias } == 1)
  }

  @Test(arguments: [
    (full(.mobileNetV1), 4_231_976), (full(.mobileNetV2), 3_504_872), (full(.resNet18), 11_689_512),
    (full(.resNet34), 21_797_672), (full(.resNet50), 25_557_032), (small(.mobileNetV1), 215_642),
    (small(.resNet18), 701_466),
  ])
  func parametersAreCounted(config: ModelConfig, count: Int) {
    #expect(Network(config).parameterCount == count)
  }

  @Test func mobileNetCostsWhatIsCountedByHand() {
    let stem = 32 * 27 * 112 * 112
    // Depthwise 3x3 and pointwise 1x1, at the output's extent.
    let wide = (32 * 9 + 64 * 32) * 112 * 112
    let half = (64 * 9 + 128 * 64 + 128 * 9 + 128 * 128) * 56 * 56
    let quarter = (128 * 9 + 256 * 128 + 256 * 9 + 256 * 256) * 28 * 28
    let eighth = (256 * 9 + 512 * 256 + 5 * (512 * 9 + 512 * 512)) * 14 * 14
    let last = (512 * 9 + 1024 * 512 + 1024 * 9 + 1024 * 1024) * 7 * 7
    let total = stem + wide + half + quarter + eighth + last + 1024 * 1000
    #expect(total == 568_740_352)
    let costs = Network(Self.full(.mobileNetV1)).costs(imageHeight: 224, imageWidth: 224)
    #expect(costs.macs == total)
    let weights = costs.filter(\.hasWeight)
    #expect(weights.count == 28)
    #expect(weights[0].macs == stem)
    #expect(weights[1].path == "features.1.0.weight")
    #expect(weights[1].operation == .depthwiseConvolution)
    #expect(weights[1].macs == 32 * 9 * 112 * 112)
    #expect(weights[2].operation == .convolution)
    #expect(weights[27].operation == .linear)
    #expect(weights[27].usesPerWeight == 1)
    #expect(weights[0].usesPerWeight == 112 * 112)
    // Of a depthwise filter each weight is used once a place of its own channel's output.
    #expect(weights[1].macs(withZeros: 3) == (32 * 9 - 3) * 112 * 112)
    let zeros = ["features.1.0.weight": 3, "features.13.3.weight": 1024 * 1024, "classifier.weight": 5]
    #expect(costs.macs(withZeros: zeros) == total - 3 * 112 * 112 - 1024 * 1024 * 49 - 5)
    #expect(costs.macs(withZeros: [:]) == total)
  }

  /// The layers' parameters are the network's, and its MACs those that hooks on torchvision's networks count.
  @Test(
    arguments: zip(
      ModelConfig.Architecture.allCases,
      [568_740_352, 300_774_272, 1_814_073_344, 3_663_761_408, 4_089_184_256]))
  func layersSumToTheNetwork(architecture: ModelConfig.Architecture, macs: Int) {
    let network = Network(Self.full(architecture))
    let costs = network.costs(imageHeight: 224, imageWidth: 224)
    #expect(costs.macs == macs)
    #expect(costs.parameters == network.parameterCount)
    // One entry a layer: the path of every parameter that is no bias or shift, in the network's order.
    #expect(costs.map(\.path) == network.parameters.map(\.path).filter { $0.hasSuffix(".weight") })
  }

  @Test func resNet50CostsWhatIsCountedByHandStageByStage() {
    /// Bottlenecks of `c` channels at extent `side`; the first reads `inputs` channels at extent `inputSide`, which its
    /// own 1x1 convolution still has, because the stride is in the 3x3.
    func stage(_ c: Int, _ count: Int, inputs: Int, inputSide: Int, side: Int) -> (macs: Int, parameters: Int) {
      let reduction = inputs * c
      let others = 9 * c * c + c * 4 * c + inputs * 4 * c
      let later = (count - 1) * (4 * c * c + 9 * c * c + c * 4 * c)
      // Scale and shift of c, c and 4 c channels a block, and of the projection's 4 c.
      let norms = 2 * (count * 6 * c + 4 * c)
      return (reduction * inputSide * inputSide + (others + later) * side * side, reduction + others + later + norms)
    }
    let rows: [(prefix: String, costs: (macs: Int, parameters: Int))] = [
      ("conv1.", (64 * 3 * 49 * 112 * 112, 64 * 3 * 49)), ("bn1.", (0, 2 * 64)),
      ("layer1.", stage(64, 3, inputs: 64, inputSide: 56, side: 56)),
      ("layer2.", stage(128, 4, inputs: 256, inputSide: 56, side: 28)),
      ("layer3.", stage(256, 6, inputs: 512, inputSide: 28, side: 14)),
      ("layer4.", stage(512, 3, inputs: 1024, inputSide: 14, side: 7)), ("fc.", (2048 * 1000, 2049 * 1000)),
    ]
    #expect(rows.reduce(0) { $0 + $1.costs.macs } == 4_089_184_256)
    #expect(rows.reduce(0) { $0 + $1.costs.parameters } == 25_557_032)
    let costs = Network(Self.full(.resNet50)).costs(imageHeight: 224, imageWidth: 224)
    for row in rows {
      let layers = costs.filter { $0.path.hasPrefix(row.prefix) }
      #expect(layers.macs == row.costs.macs, "\(row.prefix)")
      #expect(layers.parameters == row.costs.parameters, "\(row.prefix)")
    }
  }

  @Test func resNetCostsWhatIsCountedByHand() {
    let stem = 64 * 3 * 49 * 112 * 112
    let first = 4 * 64 * 64 * 9 * 56 * 56
    // Two blocks of two 3x3 convolutions, the first with half the inputs, and the 1x1 projection.
    func stage(_ channels: Int, _ side: Int) -> Int {
      (channels * channels / 2 * 9 + 3 * channels * channels * 9 + channels * channels / 2) * side * side
    }
    let total = stem + first + stage(128, 28) + stage(256, 14) + stage(512, 7) + 512 * 1000
    #expect(total == 1_814_073_344)
    let costs = Network(Self.full(.resNet18)).costs(imageHeight: 224, imageWidth: 224)
    #expect(costs.macs == total)
    #expect(costs.count { $0.hasWeight } == 21)
  }

  @Test(arguments: [(small(.mobileNetV1), 3_331_072), (small(.resNet18), 35_046_656)])
  func smallStemKeepsTheImagesSize(config: ModelConfig, macs: Int) {
    let costs = Network(config).costs(imageHeight: 32, imageWidth: 32)
    #expect(costs[0].usesPerWeight == 32 * 32)
    #expect(costs[0].shape == [config.architecture == .resNet18 ? 16 : 8, 3, 3, 3])
    #expect(costs.macs == macs)
  }

  @Test func widthNeverGoesBelowEightChannels() {
    let network = Network(Self.small(.mobileNetV1, width: 0.01))
    #expect(network.state["features.0.0.weight"]?.shape == [8, 3, 3, 3])
    #expect(network.state["features.13.3.weight"]?.shape == [10, 10, 1, 1])
  }

  /// Counts that torchvision's `mobilenet_v2(width_mult:)` gives: multiples of 8, and a last convolution of at least 1280.
  @Test(arguments: [(0.35, 16, 8, 56, 1280), (0.5, 16, 8, 80, 1280), (1.4, 48, 24, 224, 1792)])
  func mobileNetV2RoundsItsChannelsAsTorchvision(width: Double, stem: Int, first: Int, late: Int, last: Int) {
    let network = Network(Self.small(.mobileNetV2, width: width))
    #expect(network.state["features.0.0.weight"]?.shape[0] == stem)
    #expect(network.state["features.1.conv.1.weight"]?.shape[0] == first)
    #expect(network.state["features.14.conv.2.weight"]?.shape[0] == late)
    #expect(network.state["features.18.0.weight"]?.shape[0] == last)
  }

  @Test(arguments: ModelConfig.Architecture.allCases)
  func everyParameterLearns(architecture: ModelConfig.Architecture) throws {
    let network = Network(Self.small(architecture, width: 0.125, classes: 3), seed: Seed(1))
    let noise = Seed(2).stream("images")
    let images = Tensor((0..<(4 * 3 * 16 * 16)).map { Float(noise.uniform(at: $0) - 0.5) }, shape: [4, 3, 16, 16])
    let tape = Tape()
    let scores = network(Variable(images), Pass(.training, tape: tape))
    #expect(scores.shape == [4, 3])
    tape.backward(from: scores, upstream: Tensor((0..<12).map { Float($0) - 4 }, shape: [4, 3]))
    for (path, parameter) in network.parameters {
      let gradient = try #require(parameter.gradient, "\(path)")
      #expect(gradient.shape == parameter.shape, "\(path)")
      #expect(Elementwise.isFinite(gradient), "\(path)")
      #expect(gradient.elements.contains { $0 != 0 }, "\(path)")
    }
    network.clearGradients()
    #expect(network.parameters.allSatisfy { $0.parameter.gradient == nil })
  }

  /// In evaluation an example's scores depend on that example alone, and nothing is remembered.
  @Test(arguments: ModelConfig.Architecture.allCases)
  func evaluationSeesEachExampleAlone(architecture: ModelConfig.Architecture) {
    let network = Network(Self.small(architecture, width: 0.125, classes: 3), seed: Seed(1))
    let before = network.state.mapValues(\.elements)
    let noise = Seed(3).stream("images")
    let pixels = (0..<(2 * 3 * 16 * 16)).map { Float(noise.uniform(at: $0) - 0.5) }
    let both = network(Variable(Tensor(pixels, shape: [2, 3, 16, 16])), Pass(.evaluation)).value.elements
    let alone = network(Variable(Tensor(Array(pixels[768...]), shape: [1, 3, 16, 16])), Pass(.evaluation)).value
    #expect(zip(both[3...], alone.elements).allSatisfy { abs($0 - $1) < 1e-5 })
    #expect(alone.elements.count == 3)
    #expect(network.state.mapValues(\.elements) == before)
    _ = network(Variable(Tensor(pixels, shape: [2, 3, 16, 16])), Pass(.training))
    #expect(network.state.mapValues(\.elements) != before)
  }
}
