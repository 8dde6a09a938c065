import Kernels
import Networks
import Pruning
import Testing

@Suite struct PruningExplanationTests {
  /// MobileNet-v1 on grey images: the stem has one input channel, depthwise weights have one each.
  private let mobileNet = Network(
    ModelConfig(architecture: .mobileNetV1, width: 0.25, stem: .small, inputChannels: 1, classes: 10))
  private let resNet = Network(
    ModelConfig(architecture: .resNet18, width: 0.25, stem: .small, inputChannels: 3, classes: 10))

  private func explanation(_ config: PruningConfig, of network: Network? = nil) throws -> PruningExplanation {
    let network = network ?? mobileNet
    return try PruningExplanation(
      of: config, network: network, costs: network.costs(imageHeight: 32, imageWidth: 32), stepsPerEpoch: 10,
      totalSteps: 100, source: "arm 'first'")
  }

  private func layer(_ path: String, _ explanation: PruningExplanation) throws -> PruningExplanation.Layer {
    try #require(explanation.layers.first { $0.path == path })
  }

  @Test func weightsThatDoNotFitAPatternAreDenseWithTheReason() throws {
    var config = PruningConfig.test(.gmp(storage: .projected), sparsity: 0.5)
    config.structure = .groups(keeping: 2, of: 4)
    let explanation = try explanation(config)
    #expect(try layer("features.0.0.weight", explanation).reason == "has 1 input channels a group, no multiple of 4")
    #expect(try layer("features.3.0.weight", explanation).reason == "has 1 input channels a group, no multiple of 4")
    let pointwise = try layer("features.1.3.weight", explanation)
    #expect(pointwise.isPrunable)
    #expect(pointwise.pattern == "2:4")
    #expect(pointwise.budget == "pattern 2:4 = 50 %")
    #expect(pointwise.shape == [16, 8, 1, 1])
    #expect(pointwise.pruned == .exactly(64))
    #expect(explanation.budget == "the pattern says it; caps, floors and rules have no say")
    #expect(explanation.totals.requested == explanation.totals.prunable / 2)
    #expect(explanation.totals.prunedWeights == explanation.totals.requested)
  }

  @Test func policyNamesTheLayersThatItKeepsDense() throws {
    var config = PruningConfig.test(.oneShot, sparsity: 0.5, rule: .uniform)
    config.policy = LayerPolicy(prunesStem: false, prunesDepthwise: false, prunesClassifier: false)
    let explanation = try explanation(config)
    #expect(explanation.policy == "stem dense, depthwise dense, classifier dense")
    #expect(explanation.layers.filter { !$0.isPrunable }.count == 15)
    #expect(try layer("features.0.0.weight", explanation).reason == "first convolution, which the study keeps dense")
    #expect(
      try layer("features.5.0.weight", explanation).reason == "depthwise convolution, which the study keeps dense")
    #expect(try layer("classifier.weight", explanation).reason == "classifier, which the study keeps dense")
    #expect(try layer("classifier.weight", explanation).pruned == .exactly(0))
  }

  @Test func totalsHaveTheirThreeDenominators() throws {
    var config = PruningConfig.test(.oneShot, sparsity: 0.5, rule: .uniform)
    config.policy = LayerPolicy(prunesStem: true, prunesDepthwise: true, prunesClassifier: false)
    let totals = try explanation(config).totals
    // 0.25 MobileNet-v1: pointwise 8x16 ... 256x256, depthwise 9 a channel, stem 72, classifier 2560.
    let pointwise = 8 * 16 + 16 * 32 + 32 * 32 + 32 * 64 + 64 * 64 + 64 * 128 + 5 * 128 * 128 + 128 * 256 + 256 * 256
    let depthwise = 9 * (8 + 16 + 2 * 32 + 2 * 64 + 6 * 128 + 256)
    #expect(totals.prunable == 72 + pointwise + depthwise)
    #expect(totals.prunableWeights == totals.prunable)
    #expect(totals.weights == totals.prunable + 2560)
    #expect(totals.parameters == mobileNet.parameterCount)
    #expect(totals.requested == Int((0.5 * Double(totals.prunable)).rounded()))
    #expect(totals.prunedWeights == totals.requested)
  }

  @Test func rulesByNameAreNamedAndCounted() throws {
    var config = PruningConfig.test(.oneShot, sparsity: 0.6, rule: .uniform, cap: 0.95)
    config.budget.layers = [
      LayerRule("features.1*.weight", .cap(0.7)), LayerRule("features.13.3.weight", .sparsity(0.25)),
      LayerRule("classifier.*", .dense),
    ]
    let explanation = try explanation(config)
    let fixed = try layer("features.13.3.weight", explanation)
    #expect(fixed.budget == "25 % (rule 'features.13.3.weight')")
    #expect(fixed.pruned == .exactly(256 * 256 / 4))
    let dense = try layer("classifier.weight", explanation)
    #expect(dense.isPrunable)
    #expect(dense.budget == "dense (rule 'classifier.*')")
    #expect(dense.pruned == .exactly(0))
    let capped = try layer("features.12.3.weight", explanation)
    #expect(capped.budget.hasPrefix("uniform share, at most 70 % (rule 'features.1*.weight'); "))
    #expect(capped.pruned == .exactly(Int(0.7 * 128 * 256)))
    // What the rules leave over makes the other layers' share larger.
    let open = try layer("features.2.3.weight", explanation)
    #expect(open.budget.hasPrefix("uniform share, at most 95 %; "))
    #expect(open.budget.hasSuffix(" without limits"))
    #expect(explanation.totals.prunedWeights == explanation.totals.requested)
  }

  @Test func sharesByExtentsAreThoseOfTheRule() throws {
    let config = PruningConfig.test(.oneShot, sparsity: 0.8, rule: .erk, cap: 1)
    let explanation = try explanation(config)
    let expected = Budget.erkSparsities(of: explanation.layers.map { Shape($0.shape) }, sparsity: 0.8)
    for (layer, sparsity) in zip(explanation.layers, expected) {
      let pruned = try #require(layer.pruned.known)
      #expect(abs(Double(pruned) - sparsity * Double(layer.weights)) <= 1, "\(layer.path)")
      #expect(layer.budget == "ERK share, at most 100 %")
    }
    #expect(try layer("features.0.0.weight", explanation).pruned == .exactly(0))
    #expect(explanation.totals.prunedWeights == explanation.totals.requested)
  }

  @Test func rankingIsDecidedAtItsStep() throws {
    let once = try explanation(.test(.pdp(temperature: .absolute(1e-4)), sparsity: 0.8))
    #expect(once.layers.allSatisfy { $0.pruned == .rankedAtStep(20) })
    #expect(once.layers.allSatisfy { $0.budget == "ranked globally, at most 98 %" })
    #expect(once.budget == "one ranking of all by magnitude, when pruning starts, at most 98 % of a layer")
    #expect(once.totals.prunedWeights == once.totals.requested)
    #expect(once.gradient == .soft(isThresholdAttached: false))
    #expect(once.storage == .shadow)
    #expect(once.settings.map { "\($0.name) \($0.value)" } == ["temperature 0.0001"])
    let anew = try explanation(.test(.gmp(storage: .projected), sparsity: 0.8))
    #expect(anew.layers.allSatisfy { $0.pruned == .rankedAtStep(70) })
    #expect(anew.budget == "one ranking of all by magnitude, at every update, at most 98 % of a layer")
    #expect(anew.gradient == .masked)
    #expect(anew.schedule.startStep == 20)
    #expect(anew.schedule.endStep == 70)
    #expect(anew.schedule.updates == 6)
    #expect(anew.schedule.lastUpdateStep == 70)
    #expect(anew.schedule.endEpoch == 7)
  }

  @Test func whatTrainingDecidesIsSaidToBeAnOutcome() throws {
    var config = PruningConfig.test(.str(initial: -5, decay: 1e-4), sparsity: 0.8)
    config.search = KnobSearch(tolerance: 0.005, trials: 6)
    let explanation = try explanation(config)
    #expect(explanation.layers.allSatisfy { $0.pruned == .outcome && $0.budget == "decided by training" })
    #expect(
      explanation.budget == "none: training decides, and is done again until within 0.5 %, at most 6 times")
    #expect(explanation.totals.requested == nil)
    #expect(explanation.totals.prunedWeights == nil)
    #expect(explanation.gradient == .learnt(isSoft: false))
  }

  @Test func transferredSharesNameTheirSource() throws {
    let explanation = try explanation(.test(.oneShot, rule: .transferred))
    #expect(explanation.layers.allSatisfy { $0.pruned == .transferred })
    #expect(explanation.layers[0].budget == "share of arm 'first', at most 98 %")
  }

  @Test func channelsTakeWeightsOfEveryTensorThatHasThem() throws {
    var config = PruningConfig.test(.l2Norm, sparsity: 0.5, rule: .uniform)
    config.structure = .channels(minimum: 2, multiple: 1)
    let explanation = try explanation(config, of: resNet)
    let group = try #require(explanation.groups.first { $0.name == "layer1.0.conv1.weight" })
    #expect(group.channels == 16)
    #expect(group.kept == 2)
    #expect(group.pruned == .exactly(8))
    #expect(group.producers == ["layer1.0.conv1.weight"])
    #expect(group.normalizations == ["layer1.0.bn1"])
    #expect(group.consumers == ["layer1.0.conv2.weight"])
    // Half of what it makes and half of what it reads: three quarters are gone.
    let inner = try layer("layer1.0.conv1.weight", explanation)
    #expect(inner.pruned == .exactly(16 * 16 * 9 * 3 / 4))
    #expect(try layer("layer1.0.conv2.weight", explanation).group == "conv1.weight")
    let classifier = try layer("fc.weight", explanation)
    #expect(classifier.reason == "they are the network's outputs")
    #expect(classifier.pruned == .exactly(128 * 10 / 2))
    #expect(explanation.totals.unit == "channels")
    #expect(explanation.totals.prunedWeights == explanation.layers.compactMap(\.pruned.known).reduce(0, +))
  }

  @Test func groupIsLeftAloneWithOneOfItsProducers() throws {
    var config = PruningConfig.test(.l2Norm, sparsity: 0.5, rule: .uniform)
    config.structure = .channels(minimum: 1, multiple: 1)
    config.policy = LayerPolicy(prunesStem: false, prunesDepthwise: true, prunesClassifier: true)
    let explanation = try explanation(config, of: resNet)
    #expect(try layer("conv1.weight", explanation).reason == "first convolution, which the study keeps dense")
    #expect(
      try layer("layer1.0.conv2.weight", explanation).reason
        == "makes the same channels as 'conv1.weight', which stays dense")
    let group = try #require(explanation.groups.first { $0.name == "conv1.weight" })
    #expect(group.reason == "first convolution, which the study keeps dense")
    #expect(group.kept == group.channels)
  }

  @Test func denseTrainingPrunesNothing() throws {
    let explanation = try explanation(.test(.dense))
    #expect(explanation.layers.allSatisfy { $0.pruned == .exactly(0) && $0.budget == "dense training" })
    #expect(explanation.totals.prunedWeights == 0)
    #expect(explanation.gradient == .none)
    #expect(explanation.schedule.updates == 0)
  }

  @Test func explanationFailsAsTheRunWould() {
    var config = PruningConfig.test(.oneShot, rule: .uniform)
    config.budget.layers = [LayerRule("layer9.*", .dense)]
    #expect(throws: PruningError.self) { try explanation(config) }
    #expect(throws: PruningError.self) { try explanation(.test(.oneShot, sparsity: 0.9, cap: 0.5)) }
  }
}
