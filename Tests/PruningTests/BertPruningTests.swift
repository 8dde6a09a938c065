import Autodiff
import Foundation
import Kernels
import Networks
import Pruning
import TestSupport
import Testing

/// Pruning of BERT: which weights may go, heads and feed-forward rows as channels, and what is frozen.
@Suite struct BertPruningTests {
  private typealias Plain = PlainTensor<Double>

  /// Four heads of width 4 and 24 feed-forward rows in each of two layers.
  private static func network(_ pooling: BertModelConfig.Pooling = .mean) -> BertClassifier {
    let network = BertClassifier(
      BertModelConfig(
        encoder: BertConfig(
          vocabularySize: 13, hiddenSize: 16, layers: 2, heads: 4, intermediateSize: 24, positions: 9, tokenTypes: 2,
          epsilon: 1e-12, dropout: 0), outputs: 2, pooling: pooling))
    for (path, parameter) in network.parameters {
      let stream = Seed(4).stream(path)
      let centre = path.hasSuffix("LayerNorm.weight") ? 1.0 : 0
      parameter.value.withMutableElements { elements in
        for index in elements.indices { elements[index] = Float(centre + 0.3 * stream.normal(at: index)) }
      }
    }
    return network
  }

  private static let batch = TokenBatch(
    batch: 2, length: 6, tokens: (0..<12).map { ($0 * 5 + 1) % 13 }, types: (0..<12).map { $0 % 6 / 3 },
    isToken: (0..<12).map { $0 != 5 && $0 != 11 && $0 != 10 })

  private static func logits(_ network: BertClassifier) -> [Float] {
    network(batch, Pass(.evaluation)).value.elements
  }

  private static func session(_ config: PruningConfig, _ network: BertClassifier) throws -> PruningSession {
    try PruningSession(
      config, targets: config.targets(in: network, costs: network.costs(length: 6)), seed: Seed(4), stepsPerEpoch: 1,
      totalSteps: 4)
  }

  private static let matrices = (0..<2).flatMap { layer in
    [
      "attention.self.query", "attention.self.key", "attention.self.value", "attention.output.dense",
      "intermediate.dense", "output.dense",
    ].map { "bert.encoder.layer.\(layer).\($0).weight" }
  }

  // MARK: What may go

  @Test(arguments: [Structure.unstructured, .groups(keeping: 2, of: 4), .blocks(size: 4)])
  func theEncodersMatricesMayGo(structure: Structure) throws {
    let network = Self.network(.firstPosition)
    let config = PruningConfig.test(.gmp(storage: .projected), structure, sparsity: 0.5)
    let costs = network.costs(length: 6)
    #expect(config.targets(in: network, costs: costs).map(\.path) == Self.matrices)
    let reasons = config.eligibility(of: network, costs: costs).filter { !$0.isPrunable }
    #expect(reasons.map(\.path) == ["bert.pooler.dense.weight", "classifier.weight"])
    #expect(
      reasons.map(\.reason) == [
        "pooler, which is no part of the encoder's layers", "classifier of the task, which is no part of the encoder",
      ])
    let explanation = try PruningExplanation(
      of: config, network: network, costs: costs, stepsPerEpoch: 10, totalSteps: 100)
    let embeddings = explanation.layers.prefix(3)
    #expect(embeddings.allSatisfy { $0.operation == "embedding" })
    #expect(embeddings.allSatisfy { $0.reason == "table of embeddings, which multiplies nothing" })
    #expect(explanation.layers.filter(\.isPrunable).map(\.path) == Self.matrices)
    #expect(explanation.totals.weights == 2 * (4 * 256 + 2 * 24 * 16) + 256 + 32)
    #expect(explanation.totals.prunable == 2 * (4 * 256 + 2 * 24 * 16))
  }

  /// Groups of inputs that do not divide a matrix leave it, with the reason.
  @Test func patternsThatDoNotFitAreSaid() {
    let network = Self.network()
    let config = PruningConfig.test(.asp, .groups(keeping: 4, of: 16), sparsity: 0.5)
    let kept = config.eligibility(of: network, costs: network.costs(length: 6)).filter { !$0.isPrunable }
    #expect(kept.map(\.path).dropLast() == (0..<2).map { "bert.encoder.layer.\($0).output.dense.weight" })
    #expect(kept[0].reason == "has 24 input channels a group, no multiple of 16")
  }

  @Test func headsAndRowsMayGo() throws {
    let network = Self.network(.firstPosition)
    var config = PruningConfig.test(.gmp(storage: .shadow), .channels(minimum: 1, multiple: 1), sparsity: 0.5)
    config.budget = Budget(rule: .uniform, cap: 1)
    let costs = network.costs(length: 6)
    let targets = config.targets(in: network, costs: costs)
    #expect(targets.map(\.count) == [4, 24, 4, 24])
    #expect(targets.map(\.mostPruned) == [3, 23, 3, 23])
    let explanation = try PruningExplanation(
      of: config, network: network, costs: costs, stepsPerEpoch: 10, totalSteps: 100)
    let layers = Dictionary(uniqueKeysWithValues: explanation.layers.map { ($0.path, $0) })
    // Half of the heads, and half of the rows.
    #expect(layers[Self.matrices[1]]?.pruned == .exactly(128))
    #expect(layers[Self.matrices[1]]?.group == Self.matrices[0])
    #expect(layers[Self.matrices[3]]?.pruned == .exactly(128))
    #expect(layers[Self.matrices[4]]?.pruned == .exactly(12 * 16))
    #expect(layers[Self.matrices[5]]?.pruned == .exactly(12 * 16))
    #expect(layers["bert.pooler.dense.weight"]?.pruned == .exactly(0))
    #expect(explanation.groups.map(\.kept) == [1, 1, 1, 1])
  }

  /// Rules by name tell heads from rows, which no one ranking does.
  @Test func rulesByNameSeparateHeadsFromRows() throws {
    let network = Self.network()
    var config = PruningConfig.test(
      .gmp(storage: .projected), .channels(minimum: 1, multiple: 1), sparsity: 0.25, warmup: 0, ramp: 1)
    config.budget = Budget(
      rule: .global, cap: 1, layers: [LayerRule("*attention*", .dense)])
    let session = try Self.session(config, network)
    for step in 0..<3 { try session.beforeForward(step: step) }
    _ = try session.freeze(step: 3)
    #expect(network.channelGroups().map { $0.keptIndices().count }.enumerated().allSatisfy { $0 % 2 == 1 || $1 == 4 })
    #expect(network.channelGroups().reduce(0) { $0 + $1.maskedIndices().count } == 14)
  }

  @Test(arguments: [
    (MethodConfig.slimming(penalty: 1e-3), "scales of a batch normalisation"),
    (.hRank(examples: 2), "feature maps of images"), (.chip(examples: 2), "feature maps of images"),
  ])
  func methodsForConvolutionsAreRefused(method: MethodConfig, what: String) {
    #expect(
      throws: PruningError.methodNeedsConvolutions(method: method.name, group: Self.matrices[0], what: what)
    ) {
      try Self.session(
        .test(method, .channels(minimum: 1, multiple: 1), sparsity: 0.5, warmup: 0, ramp: 1), Self.network())
    }
  }

  private struct Probe: NetworkProbe {
    let network: BertClassifier

    func gradients(_ settings: ProbeSettings) throws -> [String: Tensor] {
      Dictionary(
        uniqueKeysWithValues: network.parameters.map { path, parameter in (path, .random(path, parameter.shape)) })
    }

    func magnitudeFlow() throws -> [String: Tensor] { try gradients(ProbeSettings(examples: 1, mode: .evaluation)) }

    func featureMaps(of groups: [ChannelTarget], examples: Int) throws -> [Tensor] { [] }
  }

  /// Scores of whole heads: sums over query, key and value of each.
  @Test func criteriaLookAtWholeHeads() throws {
    let network = Self.network()
    let group = network.channelGroups()[0]
    let target = ChannelTarget(group, minimum: 1, multiple: 1)
    let probe = Probe(network: network)
    let gradients = try probe.gradients(ProbeSettings(examples: 1, mode: .evaluation))
    var (l1, l2, taylor) = ([0.0, 0, 0, 0], [0.0, 0, 0, 0], [0.0, 0, 0, 0])
    for path in Self.matrices.prefix(3) {
      let weight = try #require(network.state[path]).elements.map(Double.init)
      let gradient = try #require(gradients[path]).elements.map(Double.init)
      for head in 0..<4 {
        let range = head * 64..<(head + 1) * 64
        l1[head] += weight[range].reduce(0) { $0 + abs($1) } / 3
        l2[head] += weight[range].reduce(0) { $0 + $1 * $1 }.squareRoot() / 3
        let product = range.reduce(0) { $0 + weight[$1] * gradient[$1] }
        taylor[head] += product * product / 3
      }
    }
    let cases: [(any ChannelScoring, [Double])] = [
      (FilterNorm(.l1), l1), (FilterNorm(.l2), l2), (TaylorExpansion(examples: 1), taylor),
    ]
    for (method, expected) in cases {
      let scores = try method.channelScores(of: [target], probe: probe)
      #expect(scores.count == 1 && scores[0].count == 4)
      #expect(zip(scores[0], expected).allSatisfy { abs($0 - $1) < 1e-4 * (1 + $1) }, "\(method)")
    }
    #expect(try GeometricMedian().channelScores(of: [target], probe: probe)[0].count == 4)
  }

  // MARK: PDP

  /// The loss is linear in the columns, which the mask multiplies; the mask follows from norms of the rows.
  @Test(arguments: [0, 1], [MethodConfig.Temperature.absolute(0.4), .relative(0.5)])
  func pdpOfHeadsAndRows(number: Int, temperature: MethodConfig.Temperature) throws {
    let network = Self.network()
    let group = network.channelGroups()[number]
    let target = ChannelTarget(group, minimum: 1, multiple: 1)
    let pruned = group.count / 2
    target.setEffective(dropping: pruned, by: PDP(temperature: temperature))
    let columns = try #require(group.consumers.first)
    for slices in group.slices {
      #expect((slices.parameter.effective != nil) == (slices.path == columns.path), "\(slices.path)")
    }
    let base = Dictionary(uniqueKeysWithValues: group.slices.map { ($0.path, Plain($0.parameter.value)) })
    func norms(_ values: [String: Plain]) -> [Double] {
      (0..<group.count).map { channel in
        group.producers.reduce(0) { sum, producer in
          let elements = values[producer.path]?.elements ?? []
          let width = elements.count / group.count
          return sum + elements[channel * width..<(channel + 1) * width].reduce(0) { $0 + $1 * $1 }.squareRoot()
        } / Double(group.producers.count)
      }
    }
    let sorted = norms(base).sorted()
    let threshold = (sorted[pruned - 1] + sorted[pruned]) / 2
    let tau =
      switch temperature {
      case .absolute(let tau): tau
      case .relative(let kappa): kappa * threshold * threshold
      }
    let inputs = columns.parameter.shape[1]
    let upstream = Tensor.random("upstream", columns.parameter.shape).elements
    func loss(_ values: [String: Plain]) -> Double {
      let mask = norms(values).map { 1 / (1 + exp((threshold * threshold - $0 * $0) / tau)) }
      return (values[columns.path]?.elements ?? []).enumerated().reduce(0) { sum, entry in
        sum + mask[entry.offset % inputs / group.width] * entry.element * Double(upstream[entry.offset])
      }
    }
    let effective = try #require(columns.parameter.effective).elements
    let total = zip(effective, upstream).reduce(0) { $0 + Double($1.0) * Double($1.1) }
    #expect(abs(total - loss(base)) < 1e-4)
    for slices in group.slices {
      slices.parameter.gradient =
        slices.path == columns.path
        ? Tensor(upstream, shape: columns.parameter.shape) : Tensor(repeating: 0, shape: slices.parameter.shape)
    }
    target.pullBackSoftMask()
    for slices in group.slices {
      let expected = centralDifferences(at: Plain(slices.parameter.value)) { point in
        loss(base.merging([slices.path: point]) { $1 })
      }
      expectClose(
        try #require(slices.parameter.gradient), expected, Tolerance(absolute: 1e-4, relative: 1e-4), slices.path)
    }
    target.clearEffective()
    #expect(group.slices.allSatisfy { $0.parameter.effective == nil })
  }

  /// A soft mask of heads multiplies what they say: the same as multiplying their values.
  @Test func softMasksMultiplyWhatHeadsGive() throws {
    let (network, other) = (Self.network(), Self.network())
    let target = ChannelTarget(network.channelGroups()[0], minimum: 1, multiple: 1)
    target.setEffective(dropping: 2, by: PDP(temperature: .relative(0.5)))
    let effective = try #require(network.channelGroups()[0].consumers.first?.parameter.effective).elements
    let stored = try #require(network.channelGroups()[0].consumers.first?.parameter.value).elements
    let masks = (0..<4).map { effective[4 * $0] / stored[4 * $0] }
    for name in ["weight", "bias"] {
      let entry = try #require(
        other.parameters.first { $0.path == "bert.encoder.layer.0.attention.self.value.\(name)" })
      let width = entry.parameter.shape.count / 4
      entry.parameter.value.withMutableElements { elements in
        for index in elements.indices { elements[index] *= masks[index / width] }
      }
    }
    #expect(zip(Self.logits(network), Self.logits(other)).allSatisfy { abs($0 - $1) < 1e-4 })
    #expect(masks.max() ?? 0 > 0.5 && masks.min() ?? 1 < 0.5)
  }

  // MARK: What is frozen

  static let structures: [Structure] = [
    .unstructured, .groups(keeping: 2, of: 4), .blocks(size: 2), .channels(minimum: 1, multiple: 1),
    .channels(minimum: 1, multiple: 3),
  ]

  @Test(arguments: BertModelConfig.Pooling.allCases, structures)
  func whatIsEvaluatedIsWhatIsFrozenExportedAndShrunk(
    pooling: BertModelConfig.Pooling, structure: Structure
  ) throws {
    let methods: [MethodConfig] =
      [.gmp(storage: .shadow)] + (structure.kind == .blocks ? [] : [.pdp(temperature: .relative(0.5))])
    for method in methods {
      let network = Self.network(pooling)
      let dense = Self.logits(network)
      let config = PruningConfig.test(method, structure, sparsity: 0.5, rule: .uniform, warmup: 0, ramp: 1)
      let session = try Self.session(config, network)
      for step in 0..<3 { try session.beforeForward(step: step) }
      let soft = session.withMasks(.asTrained) { Self.logits(network) }
      let hard = session.withMasks(.hard) { Self.logits(network) }
      #expect(Self.logits(network) == dense)
      #expect((soft == hard) == (method == .gmp(storage: .shadow)))
      let frozen = try session.freeze(step: 3)
      #expect(frozen.achieved == frozen.scheduled && frozen.achieved > 0)
      #expect(Self.logits(network) == hard && hard != dense)
      let audit = WeightsAudit(
        of: network, config, costs: network.costs(length: 6), state: session.state, beforeFreezing: nil)
      #expect(audit.findings.isEmpty, "\(audit.findings)")
      #expect(audit.achieved == frozen.achieved)

      let read = BertClassifier(network.config)
      let file = FileManager.default.temporaryDirectory.appending(path: "bert-\(UUID().uuidString).safetensors")
      defer { try? FileManager.default.removeItem(at: file) }
      try SafetensorsFile(tensors: network.state).encoded().write(to: file)
      try read.load(SafetensorsFile(readingFrom: file).tensors)
      #expect(Self.logits(read) == hard)

      guard structure.kind == .channels else { continue }
      let shrunk = network.shrunk(
        keeping: Dictionary(uniqueKeysWithValues: network.channelGroups().map { ($0.name, $0.keptIndices()) }))
      #expect(shrunk.parameterCount < network.parameterCount)
      let scale = hard.reduce(0) { max($0, abs($1)) }
      #expect(zip(Self.logits(shrunk), hard).allSatisfy { abs($0 - $1) < 1e-5 * scale })
    }
  }

  /// A file by itself: embeddings and head follow no pattern, and are not asked to.
  @Test func filesAreHeldAgainstThePatternInTheEncoderAlone() throws {
    let network = Self.network(.firstPosition)
    let config = PruningConfig.test(
      .gmp(storage: .projected), .groups(keeping: 2, of: 4), sparsity: 0.5, warmup: 0, ramp: 1)
    let session = try Self.session(config, network)
    for step in 0..<3 { try session.beforeForward(step: step) }
    _ = try session.freeze(step: 3)
    var state = network.state
    let audit = WeightsAudit(of: state, structure: config.structure, dense: [])
    #expect(audit.findings.isEmpty)
    #expect(audit.layers.filter { $0.expectation == "2:4" }.map(\.path) == Self.matrices.sorted())
    #expect(audit.layers.count == Self.matrices.count + 5)
    state[Self.matrices[0]] = Tensor(repeating: 1, shape: [16, 16])
    #expect(WeightsAudit(of: state, structure: config.structure, dense: []).findings.count == 1)
  }

  /// A slice of a dropped head that is not zero is found.
  @Test func incompleteHeadsAreFound() throws {
    let network = Self.network()
    let config = PruningConfig.test(
      .gmp(storage: .projected), .channels(minimum: 1, multiple: 1), sparsity: 0.5, rule: .uniform, warmup: 0, ramp: 1)
    let session = try Self.session(config, network)
    for step in 0..<3 { try session.beforeForward(step: step) }
    _ = try session.freeze(step: 3)
    let group = network.channelGroups()[0]
    let dropped = try #require(group.maskedIndices().first)
    group.slices[1].parameter.value.withMutableElements { $0[4 * dropped + 2] = 1 }
    let audit = WeightsAudit(of: network, config, costs: network.costs(length: 6), state: nil)
    #expect(
      audit.findings == [
        .channelsIncomplete(group: group.name, member: group.slices[1].path, count: 1, dropped: 2, first: dropped)
      ])
  }
}
