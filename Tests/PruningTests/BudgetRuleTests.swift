import Autodiff
import Kernels
import Networks
import Pruning
import Testing

/// Rules for layers by name, floors, scores, and budgets from other runs.
@Suite struct BudgetRuleTests {
  /// Layers called `a`, `b.0`, `b.1` and `fc`, with random magnitudes of different scales.
  private static func layers(_ counts: [Int] = [40, 200, 120, 60], trial: Int = 0) -> [BudgetLayer] {
    zip(["a", "b.0", "b.1", "fc"], counts).enumerated().map { index, layer in
      let stream = Seed(UInt64(trial)).stream(layer.0)
      let scale = 1 + 2 * stream.uniform(at: 1 << 20)
      return BudgetLayer(
        path: layer.0, values: Tensor((0..<layer.1).map { Float(stream.uniform(at: $0) * scale) }, shape: [layer.1]),
        shape: [layer.1 / 4, 4], mostPruned: layer.1, transferred: stream.uniform(at: 1 << 21))
    }
  }

  private static func pruned(_ budget: Budget, _ pruned: Int, progress: Double = 1) throws -> [Int] {
    try budget.shares(of: layers(), pruned: pruned, progress: progress).map(\.pruned)
  }

  @Test(arguments: Budget.Rule.allCases)
  func rulesHoldForTheLayersThatTheyName(rule: Budget.Rule) throws {
    func counts(_ rules: LayerRule...) throws -> [Int] {
      let counts = try Self.pruned(Budget(rule: rule, cap: 0.95, layers: rules), 270)
      #expect(counts.reduce(0, +) == 270)
      return counts
    }
    #expect(try counts(LayerRule("fc", .dense))[3] == 0)
    #expect(try counts(LayerRule("b.*", .sparsity(0.75)))[1...2] == [150, 90])
    #expect(try counts(LayerRule("b.0", .cap(0.5)))[1] <= 100)
    #expect(try counts(LayerRule("a", .cap(1)), LayerRule("a", .floor(0.9)))[0] >= 36)
    // Of several fitting rules the last counts.
    #expect(try counts(LayerRule("*", .sparsity(0.7)), LayerRule("fc", .dense), LayerRule("b.1", .cap(1)))[3] == 0)
    #expect(try counts(LayerRule("fc", .dense), LayerRule("*c", .sparsity(0.5)))[3] == 30)
  }

  @Test func aRuleThatFitsNoneIsAnError() throws {
    let budget = Budget(rule: .uniform, cap: 1, layers: [LayerRule("c.*", .dense)])
    let error = #expect(throws: PruningError.self) { try Self.pruned(budget, 10) }
    #expect(error?.description == "rule for layers 'c.*' fits none: expected a pattern for one of a, b.0, b.1, fc")
    // For N:M groups too, whose counts no budget decides.
    var config = PruningConfig.test(.asp, .groups(keeping: 2, of: 4))
    config.budget.layers = [LayerRule("layer9*", .dense)]
    #expect(
      throws: PruningError.patternWithoutLayer(
        pattern: "layer9*", paths: ["layer0.weight", "layer1.weight", "layer2.weight", "layer3.weight"])
    ) { try ToyRun(config) }
  }

  @Test func floorsAboveTheTargetAreAnError() {
    let budget = Budget(rule: .uniform, cap: 1, floor: 0.5, layers: [LayerRule("a", .floor(1))])
    let error = #expect(throws: PruningError.self) { try Self.pruned(budget, 229) }
    #expect(
      error?.description
        == "floors of the layers are too high: expected at most 229 pruned weights, got 230; "
        + "lower the floors or raise the sparsity")
  }

  /// Bounds hold, and the sum is met, wherever there is a solution.
  @Test(arguments: 0..<60)
  func sharesMeetTheTargetWithinTheirBounds(trial: Int) throws {
    let stream = Seed(31).stream("budget")
    func draw(_ index: Int) -> Double { stream.uniform(at: 16 * trial + index) }
    let layers = Self.layers((0..<4).map { 4 + Int(draw($0) * 300) }, trial: trial)
    let cap = 0.6 + 0.4 * draw(4)
    let floor = 0.4 * draw(5)
    let own = draw(6)
    let treatments: [LayerRule.Treatment] = [.dense, .sparsity(own), .cap(own), .floor(own * 0.5)]
    let rule = LayerRule(["a", "b.*", "fc", "*1"][trial / 4 % 4], treatments[trial % 4])
    for solver in Budget.Rule.allCases {
      let budget = Budget(rule: solver, cap: cap, floor: floor, layers: [rule], isNormalized: trial % 2 == 0)
      let bounds = layers.map { layer -> ClosedRange<Int> in
        let size = Double(layer.count)
        guard PathPattern(rule.pattern).fits(layer.path) else {
          return Int((floor * size).rounded(.up))...Int((cap * size).rounded(.down))
        }
        switch rule.treatment {
        case .dense: return 0...0
        case .sparsity(let own):
          let exact = Int((own * size).rounded())
          return exact...exact
        case .cap(let own):
          let most = Int((own * size).rounded(.down))
          return min(most, Int((floor * size).rounded(.up)))...most
        case .floor(let own):
          return Int((own * size).rounded(.up))...Int((cap * size).rounded(.down))
        }
      }
      let (least, most) = (bounds.reduce(0) { $0 + $1.lowerBound }, bounds.reduce(0) { $0 + $1.upperBound })
      for pruned in [least, (least + most) / 2, most, least + Int(Double(most - least) * draw(7))] {
        let shares = try budget.shares(of: layers, pruned: pruned)
        #expect(shares.reduce(0) { $0 + $1.pruned } == pruned)
        #expect(zip(shares, bounds).allSatisfy { $1.contains($0.pruned) }, "\(shares.map(\.pruned)) in \(bounds)")
      }
      #expect(throws: PruningError.self) { try budget.shares(of: layers, pruned: most + 1) }
      if least > 0 { #expect(throws: PruningError.self) { try budget.shares(of: layers, pruned: least - 1) } }
    }
  }

  /// Equal counts where the source met the target exactly, whatever its shares.
  @Test(arguments: 0..<20)
  func sharesOfAnotherRunAreTakenAsTheyAre(trial: Int) throws {
    let layers = Self.layers(trial: trial).enumerated().map { index, layer in
      let gone = Int(Seed(UInt64(trial)).stream("gone").uniform(at: index) * Double(layer.count))
      return (
        gone,
        BudgetLayer(
          path: layer.path, values: layer.values, shape: layer.shape, mostPruned: layer.count,
          transferred: Double(gone) / Double(layer.count))
      )
    }
    let shares = try Budget(rule: .transferred, cap: 1).shares(
      of: layers.map(\.1), pruned: layers.reduce(0) { $0 + $1.0 })
    #expect(shares.map(\.pruned) == layers.map(\.0))
  }

  /// A target of its own keeps the proportions of densities.
  @Test func sharesOfAnotherRunScaleWithTheTarget() throws {
    let layers = [(100, 0.2), (100, 0.6)].enumerated().map { index, layer in
      BudgetLayer(
        path: "\(index)", values: Tensor(repeating: 1, shape: [layer.0]), shape: [layer.0], mostPruned: layer.0,
        transferred: layer.1)
    }
    // Densities 0.8 and 0.4, halved.
    #expect(
      try Budget(rule: .transferred, cap: 1).shares(of: layers, pruned: 140).map(\.pruned) == [60, 80])
  }

  // MARK: Rankings

  /// Scores are divided by their root mean square, and then ranked with their signs.
  @Test(arguments: 0..<10)
  func normalisedScoresAreRankedAsNumbers(trial: Int) throws {
    let stream = Seed(UInt64(trial)).stream("scores")
    let scores = [60, 90, 30].enumerated().map { layer, count in
      (0..<count).map { Float((stream.uniform(at: layer * 100 + $0) - 0.3) * [1e-3, 1, 50][layer]) }
    }
    let layers = scores.enumerated().map {
      BudgetLayer(
        path: "\($0)", values: Tensor($1, shape: [$1.count]), ranksBySign: true, shape: [$1.count],
        mostPruned: $1.count)
    }
    for isNormalized in [false, true] {
      let ranked = scores.enumerated().flatMap { layer, values in
        let square = values.reduce(0.0) { $0 + Double($1) * Double($1) } / Double(values.count)
        return values.map { (value: isNormalized ? Double($0) / square.squareRoot() : Double($0), layer: layer) }
      }.sorted { $0.value < $1.value }
      for pruned in [20, 90, 150] {
        let expected = scores.indices.map { layer in ranked.prefix(pruned).count { $0.layer == layer } }
        let shares = try Budget(rule: .global, cap: 1, isNormalized: isNormalized).shares(of: layers, pruned: pruned)
        #expect(shares.map(\.pruned) == expected)
      }
    }
  }

  /// A method's own scores go through a normalised ranking: no layer loses all because its numbers are small.
  @Test func normalisedNormsOfChannelsTakeFromEveryGroup() throws {
    for method in [MethodConfig.l1Norm, .l2Norm, .taylor(examples: 4)] {
      var config = PruningConfig.test(method, .channels(minimum: 1, multiple: 1), sparsity: 0.5)
      config.budget.isNormalized = true
      let run = try ToyRun(config)
      for (path, parameter) in run.named where path == "a.weight" {
        parameter.value = Tensor(parameter.value.elements.map { $0 / 1024 }, shape: parameter.shape)
      }
      try run.train(0..<1)
      try run.session.beforeForward(step: 70, probe: ToyProbe(named: run.named))
      #expect(run.session.scheduled == 16)
      #expect(run.session.state.layers.allSatisfy { $0.pruned >= 2 && $0.pruned < $0.weights - 1 }, "\(method)")
    }
  }

  // MARK: On the way

  @Test(arguments: [MethodConfig.gmp(storage: .shadow), .pdp(temperature: .absolute(1e-3)), .optG(steepness: 1)])
  func floorsAndOwnSparsitiesGrowWithTheRamp(method: MethodConfig) throws {
    var config = PruningConfig.test(method, sparsity: 0.7)
    config.budget.floor = 0.6
    config.budget.layers = [LayerRule("layer2*", .sparsity(0.5)), LayerRule("layer0*", .dense)]
    let run = try ToyRun(config)
    var shares: [[Int]] = []
    try run.train(0..<100) { _ in shares.append(run.session.state.layers.map(\.pruned)) }
    #expect(shares[30][2] < 72 && shares[99][2] == 72)
    #expect(shares.allSatisfy { $0[0] == 0 })
    #expect(shares[99][1] >= 180 && shares[99][3] >= 39)
    #expect(try run.session.freeze(step: 100).achieved == Int((0.7 * 528).rounded()))
  }

  @Test func denseLayersOfGroupsAndOfOutcomesAreLeftOut() throws {
    for (method, structure) in [
      (MethodConfig.asp, Structure.groups(keeping: 2, of: 4)), (.lbc, .groups(keeping: 2, of: 4)),
      (.str(initial: -1, decay: 0), .unstructured),
    ] {
      var config = PruningConfig.test(method, structure)
      config.budget.layers = [LayerRule("layer1*", .dense)]
      let run = try ToyRun(config)
      try run.train()
      let frozen = try run.session.freeze(step: 100)
      #expect(frozen.layers.map(\.path) == ["layer0.weight", "layer2.weight", "layer3.weight"])
      #expect(run.elements[1].allSatisfy { $0 != 0 } && run.elements[2].contains(0))
      if structure.kind == .groups { #expect(frozen.achieved == 114 && frozen.requested == 114) }
    }
  }

  // MARK: Channels in multiples

  @Test(arguments: [1, 2, 3, 8, 20, 64])
  func countsOfChannelsAreMultiplesOrAll(multiple: Int) {
    for group in ToyChannels().groups {
      for minimum in [1, 3] {
        let target = ChannelTarget(group, minimum: minimum, multiple: multiple)
        #expect(target.rounded(0) == 0)
        for pruned in 0...target.mostPruned {
          let kept = group.count - target.rounded(pruned)
          #expect(kept == group.count || kept % multiple == 0)
          #expect(kept >= min(minimum, group.count) && abs(kept - (group.count - pruned)) <= multiple)
        }
      }
    }
  }
}
