import Autodiff
import Kernels
import Networks
import Pruning
import Testing

@Suite struct WeightsAuditTests {
  private let network = Network(
    ModelConfig(architecture: .resNet18, width: 0.125, stem: .small, inputChannels: 3, classes: 10), seed: Seed(5))

  /// Prunes the network as a run without training would, and gives its state.
  private func prune(_ config: PruningConfig) throws -> PruningState {
    let targets = config.targets(in: network, costs: costs)
    let session = try PruningSession(config, targets: targets, seed: Seed(1), stepsPerEpoch: 10, totalSteps: 100)
    for step in 0..<100 { try session.beforeForward(step: step) }
    _ = try session.freeze(step: 100)
    return session.state
  }

  private var costs: [LayerCost] { network.costs(imageHeight: 32, imageWidth: 32) }

  private func audit(_ config: PruningConfig, _ state: PruningState?) -> WeightsAudit {
    WeightsAudit(of: network, config, costs: costs, state: state)
  }

  private func messages(_ config: PruningConfig, _ state: PruningState?) -> [String] {
    audit(config, state).findings.map(\.description)
  }

  private func change(_ path: String, _ body: (inout [Float]) -> Void) throws {
    let parameter = try #require(network.parameters.first { $0.path == path }?.parameter)
    var elements = parameter.value.elements
    body(&elements)
    parameter.value = Tensor(elements, shape: parameter.shape)
  }

  private func config(_ structure: Structure, _ method: MethodConfig = .gmp(storage: .projected)) -> PruningConfig {
    var config = PruningConfig.test(method, sparsity: 0.5, rule: .uniform, cap: 0.6)
    config.structure = structure
    return config
  }

  @Test(arguments: [
    Structure.unstructured, .groups(keeping: 2, of: 4), .blocks(size: 4), .channels(minimum: 1, multiple: 1),
  ])
  func weightsThatAreAsTheyShouldBeAgree(structure: Structure) throws {
    var config = config(structure)
    config.policy = LayerPolicy(prunesStem: false, prunesDepthwise: true, prunesClassifier: false)
    let state = try prune(config)
    let audit = audit(config, state)
    #expect(audit.findings == [])
    #expect(audit.notes == ["masks are those of the last checkpoint"])
    #expect(audit.achieved == state.layers.reduce(0) { $0 + $1.pruned })
    let weights = network.parameters.filter { $0.parameter.role == .weight }
    #expect(audit.zeros == weights.reduce(0) { $0 + $1.parameter.value.zeroCount })
    #expect(audit.weights == weights.reduce(0) { $0 + $1.parameter.value.count })
  }

  @Test func zeroThatIsFilledInIsNamedWithItsPlace() throws {
    let config = config(.unstructured)
    let state = try prune(config)
    var place = 0
    try change("layer1.0.conv1.weight") { elements in
      place = elements.firstIndex(of: 0) ?? 0
      elements[place] = 1
    }
    #expect(
      messages(config, state) == [
        "layer 'layer1.0.conv1.weight': 1 of 288 masked weights are not zero, the first at index \(place)"
      ])
  }

  @Test func zeroThatTheMaskKeepsIsOnlyReported() throws {
    let config = config(.unstructured)
    let state = try prune(config)
    try change("layer1.0.conv1.weight") { elements in
      elements[elements.firstIndex { $0 != 0 } ?? 0] = 0
    }
    let audit = audit(config, state)
    #expect(audit.findings == [])
    #expect(audit.notes.last == "layer 'layer1.0.conv1.weight': 1 weights are zero that the mask keeps")
  }

  @Test func brokenGroupIsNamedWithItsPlace() throws {
    let config = config(.groups(keeping: 2, of: 4))
    _ = try prune(config)
    // Weight [8, 8, 3, 3]: output 2, inputs 4 to 7, kernel position 5.
    try change("layer1.0.conv1.weight") { elements in
      for input in 4..<8 { elements[(2 * 8 + input) * 9 + 5] = 1 }
    }
    #expect(
      messages(config, nil) == [
        "layer 'layer1.0.conv1.weight': 1 of 144 groups of 2:4 have more than 2 nonzero weights, the first at output 2, "
          + "input 4, kernel position 5 with 4"
      ])
  }

  @Test func blockThatIsZeroInPartIsNamed() throws {
    let config = config(.blocks(size: 4))
    _ = try prune(config)
    try change("fc.weight") { elements in
      for input in 0..<4 { elements[64 + input] = input == 3 ? 0 : 1 }
    }
    #expect(
      messages(config, nil) == [
        "layer 'fc.weight': 1 of 160 blocks of 1x4 are zero in part, the first at output 1, input 0, kernel position 0 "
          + "with 3"
      ])
  }

  @Test func channelThatIsNotGoneFromEveryMemberIsNamed() throws {
    let config = config(.channels(minimum: 1, multiple: 1))
    let state = try prune(config)
    let kept = try #require(state.layers.first { $0.path == "layer1.0.conv1.weight" }?.mask?.kept)
    let gone = try #require((0..<8).first { !kept[$0] })
    try change("layer1.0.bn1.bias") { $0[gone] = 0.5 }
    let message =
      "channel group 'layer1.0.conv1.weight': 1 of 4 pruned channels are not zero in 'layer1.0.bn1.bias', the first is "
      + "channel \(gone)"
    #expect(messages(config, state) == [message])
    #expect(messages(config, nil) == [message])
  }

  @Test func denseLayerWithZerosIsNamedWithTheReason() throws {
    var config = config(.unstructured)
    config.policy = LayerPolicy(prunesStem: true, prunesDepthwise: true, prunesClassifier: false)
    let state = try prune(config)
    try change("fc.weight") { $0[7] = 0 }
    #expect(
      messages(config, state) == [
        "layer 'fc.weight': 1 of 640 weights are zero, expected none: classifier, which the study keeps dense"
      ])
  }

  @Test func layerAboveItsCapIsNamed() throws {
    let config = config(.unstructured)
    try change("fc.weight") { elements in for index in 0..<385 { elements[index] = 0 } }
    #expect(messages(config, nil) == ["layer 'fc.weight': 385 of 640 weights are pruned, its cap allows 384"])
  }

  @Test func weightThatIsNoNumberIsNamed() throws {
    let config = config(.unstructured)
    try change("fc.weight") { $0[1] = .nan }
    #expect(messages(config, nil) == ["layer 'fc.weight': 1 of 640 weights are not finite"])
  }

  @Test func maskOfAMethodWithoutOneIsChosenAgain() throws {
    var config = config(.unstructured, .pdp(temperature: .absolute(1e-4)))
    config.budget.rule = .global
    config.budget.cap = 0.98
    let before = network.clone()
    var state = try prune(config)
    for index in state.layers.indices { state.layers[index].mask = nil }
    var audit = WeightsAudit(of: network, config, costs: costs, state: state, beforeFreezing: before)
    #expect(audit.findings == [])
    #expect(
      audit.notes == ["method 'pdp' stores no mask: it was chosen again from the last checkpoint's weights"])
    try change("fc.weight") { elements in elements[elements.firstIndex(of: 0) ?? 0] = 1 }
    audit = WeightsAudit(of: network, config, costs: costs, state: state, beforeFreezing: before)
    #expect(audit.findings.count == 1)
  }

  @Test func fileAloneIsHeldAgainstItsPattern() {
    let weights = [
      "a.weight": Tensor([1, 0, 2, 0, 0, 3, 0, 0], shape: [2, 4]), "b.weight": Tensor([1, 2, 3, 0], shape: [1, 4]),
      "c.weight": Tensor([0, 2, 3], shape: [1, 3]), "d.weight": Tensor([0, 1, 1, 1], shape: [1, 4]),
      "a.bias": Tensor([0, 0], shape: [2]),
    ]
    let audit = WeightsAudit(of: weights, structure: .groups(keeping: 2, of: 4), dense: [PathPattern("d.*")])
    #expect(audit.weights == 19)
    #expect(audit.zeros == 8)
    #expect(
      audit.layers.map(\.expectation) == [
        "2:4", "2:4", "dense: has 3 input channels a group, no multiple of 4", "dense",
      ])
    #expect(
      audit.findings.map(\.description) == [
        "layer 'b.weight': 1 of 1 groups of 2:4 have more than 2 nonzero weights, the first at output 0, input 0, kernel "
          + "position 0 with 3",
        "layer 'd.weight': 1 of 4 weights are zero, expected none: it is said to be dense",
      ])
  }
}
