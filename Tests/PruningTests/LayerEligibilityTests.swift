import Networks
import Pruning
import Testing

@Suite struct LayerEligibilityTests {
  private static func reasons(
    _ architecture: ModelConfig.Architecture, _ structure: Structure, policy: LayerPolicy? = nil
  ) -> [String: String] {
    let network = Network(
      ModelConfig(architecture: architecture, width: 0.25, stem: .small, inputChannels: 3, classes: 10))
    var config = PruningConfig.test(.gmp(storage: .shadow), structure)
    config.policy = policy
    let costs = network.costs(imageHeight: 32, imageWidth: 32)
    let eligibility = config.eligibility(of: network, costs: costs)
    // Targets are what the table calls prunable: a weight each, or a group by its first.
    let targets = config.targets(in: network, costs: costs).map(\.path)
    let prunable = eligibility.filter(\.isPrunable)
    if structure.kind == .channels {
      var groups: [String] = []
      for group in prunable.compactMap(\.group) where !groups.contains(group) { groups.append(group) }
      #expect(targets == groups)
    } else {
      #expect(targets == prunable.map(\.path))
    }
    return Dictionary(uniqueKeysWithValues: eligibility.map { ($0.path, $0.reason) })
  }

  private static let keepsSpecial = LayerPolicy(prunesStem: false, prunesDepthwise: false, prunesClassifier: false)

  @Test func everythingIsPrunedWithoutAPolicy() {
    #expect(Self.reasons(.mobileNetV1, .unstructured).values.allSatisfy { $0 == "" })
    #expect(Self.reasons(.resNet50, .unstructured, policy: .everyLayer).values.allSatisfy { $0 == "" })
  }

  @Test func aPolicyKeepsSpecialLayers() {
    let reasons = Self.reasons(.mobileNetV1, .unstructured, policy: Self.keepsSpecial)
    #expect(reasons["features.0.0.weight"] == "first convolution, which the study keeps dense")
    #expect(reasons["features.1.0.weight"] == "depthwise convolution, which the study keeps dense")
    #expect(reasons["classifier.weight"] ?? reasons["fc.weight"] == "classifier, which the study keeps dense")
    #expect(reasons["features.1.3.weight"] == "")
    #expect(reasons.values.count { $0 == "" } == 13)
  }

  @Test func groupsNeedWholeMultiplesOfInputChannels() {
    let reasons = Self.reasons(.mobileNetV1, .groups(keeping: 2, of: 4))
    #expect(reasons["features.0.0.weight"] == "has 3 input channels a group, no multiple of 4")
    #expect(reasons["features.1.0.weight"] == "has 1 input channels a group, no multiple of 4")
    #expect(reasons["features.1.3.weight"] == "")
    let blocks = Self.reasons(.resNet18, .blocks(size: 3))
    #expect(
      blocks["conv1.weight"] == ""
        && blocks["layer1.0.conv1.weight"] == "has 16 input channels a group, no multiple of 3")
  }

  @Test func channelsGoInGroups() {
    let mobile = Self.reasons(.mobileNetV1, .channels(minimum: 1, multiple: 1))
    #expect(mobile["features.1.0.weight"] == "depthwise convolution: goes with the channels that it reads")
    #expect(mobile["classifier.weight"] ?? mobile["fc.weight"] == "they are the network's outputs")
    #expect(mobile["features.0.0.weight"] == "")
    // Layers whose sums make the same channels go together, or not at all.
    let kept = Self.reasons(.resNet18, .channels(minimum: 1, multiple: 1), policy: Self.keepsSpecial)
    #expect(kept["conv1.weight"] == "first convolution, which the study keeps dense")
    #expect(kept["layer1.0.conv2.weight"] == "makes the same channels as 'conv1.weight', which stays dense")
    #expect(kept["layer1.1.conv2.weight"] == "makes the same channels as 'conv1.weight', which stays dense")
    #expect(kept["layer1.0.conv1.weight"] == "" && kept["layer2.0.conv2.weight"] == "")
    #expect(kept["fc.weight"] == "classifier, which the study keeps dense")
  }
}
