import Autodiff
import Kernels
import Networks
import Pruning
import Testing

/// What holds for every method in every structure that it prunes in.
@Suite struct MethodLawTests {
  /// Weights or channels to be pruned, counted by hand.
  private static func requested(_ structure: Structure, _ sparsity: Double, of total: Int) -> Int {
    switch structure {
    case .unstructured, .channels: Int((sparsity * Double(total)).rounded())
    case .groups(let keeping, let size): total / size * (size - keeping)
    case .blocks(let size): Int((sparsity * Double(total / size)).rounded()) * size
    }
  }

  /// The method with a temperature at which weights that lie at the threshold do not run away.
  private static func calm(_ method: MethodConfig) -> MethodConfig {
    switch method {
    case .pdp(.absolute, let threshold): .pdp(temperature: .absolute(2), threshold: threshold)
    case .pdp(.relative, let threshold): .pdp(temperature: .relative(5), threshold: threshold)
    default: method
    }
  }

  /// Layers of random sizes, multiples of 4.
  private static func sizes(_ trial: Int) -> [Int] {
    (0..<4).map { 4 * (4 + Seed(41).stream("sizes").integer(below: 30, at: 4 * trial + $0)) }
  }

  @Test(arguments: PruningConfig.everyPair, ToyRun.Values.allCases)
  func countsAreExactAtEveryStepAndInTheEnd(
    pair: (method: MethodConfig, structure: Structure), values: ToyRun.Values
  ) throws {
    let stream = Seed(42).stream("sparsity/\(pair.method.name)/\(pair.structure.name)")
    let rules: [Budget.Rule] = values == .tied ? [.global, .erk] : [values == .equal ? .uniform : .global]
    for (trial, rule) in rules.enumerated() {
      let sparsity = 0.3 + 0.6 * stream.uniform(at: trial)
      let method = values == .random ? pair.method : Self.calm(pair.method)
      let run = try ToyRun(
        .test(method, pair.structure, sparsity: sparsity, rule: rule), sizes: Self.sizes(trial), values: values)
      let requested = Self.requested(pair.structure, sparsity, of: run.session.total)
      #expect(run.session.requested == requested)
      try run.train()
      for (index, target) in run.session.targets.enumerated() {
        let mask = run.session.hardMask(index)?.kept
        let pruned = run.session.state.layers[index].pruned
        if !pair.method.isEmergent { #expect((mask.map { $0.count - $0.keptCount } ?? 0) == pruned, "\(target.path)") }
      }
      if !pair.method.isEmergent {
        #expect(run.updates.last?.scheduled == requested)
        #expect(run.session.scheduled == requested)
      }
      // All weights of a layer are equal, and so are their scores: what is an outcome takes all or none.
      if pair.method.isEmergent, values == .equal { continue }
      let frozen = try run.session.freeze(step: 100)
      #expect(frozen.achieved == frozen.scheduled)
      if !pair.method.isEmergent { #expect([frozen.requested, frozen.achieved] == [requested, requested]) }
      #expect(frozen.layers.allSatisfy { $0.achieved == $0.scheduled && $0.achieved < $0.total })
      #expect(run.elements.joined().allSatisfy { $0.isFinite })
      try expectPattern(run, pair.structure)
    }
  }

  private func expectPattern(_ run: ToyRun, _ structure: Structure) throws {
    switch structure {
    case .unstructured: break
    case .groups(let keeping, let size):
      for elements in run.elements {
        for start in stride(from: 0, to: elements.count, by: size) {
          #expect(elements[start..<start + size].count { $0 != 0 } <= keeping)
        }
      }
    case .blocks(let size):
      for elements in run.elements {
        for start in stride(from: 0, to: elements.count, by: size) {
          #expect([0, size].contains(elements[start..<start + size].count { $0 == 0 }))
        }
      }
    case .channels:
      for target in run.session.targets {
        let group = try #require(target as? ChannelTarget).group
        let masked = group.maskedIndices()
        // Whatever belongs to a channel goes with it, and what reads it.
        for slices in group.slices {
          #expect(Set(masked).isSubset(of: slices.parameter.value.zeroSlices(axis: slices.axis).indices(where: \.self)))
        }
      }
    }
  }

  /// Of equal magnitudes those with the lowest index stay, in every structure.
  @Test func tiesFallToTheLowerIndex() throws {
    let run = try ToyRun(.test(.oneShot, rule: .uniform), values: .equal)
    try run.train(0..<71)
    for (index, size) in ToyRun.sizes.enumerated() {
      let mask = try #require(run.session.hardMask(index)?.kept)
      let kept = size - run.session.state.layers[index].pruned
      #expect((0..<size).allSatisfy { mask[$0] == ($0 < kept) })
    }
    let blocks = try ToyRun(.test(.oneShot, .blocks(size: 2), rule: .uniform), values: .equal)
    try blocks.train(0..<71)
    let mask = try #require(blocks.session.hardMask(3)?.kept)
    #expect((0..<64).allSatisfy { mask[$0] == ($0 < mask.keptCount) })
    let groups = try ToyRun(.test(.asp, .groups(keeping: 1, of: 4)), values: .equal)
    try groups.train(0..<71)
    let pattern = try #require(groups.session.hardMask(3)?.kept)
    #expect((0..<64).allSatisfy { pattern[$0] == ($0 % 4 == 0) })
  }

  /// Masks of groups and blocks against a plain loop over a filter's input channels.
  @Test(arguments: [(1, 4), (2, 4), (4, 8), (3, 4)])
  func masksOfFiltersFollowTheirInputChannels(keeping: Int, size: Int) {
    for trial in 0..<6 {
      let shape: Shape = [3, size * (1 + trial % 3), 1 + trial % 2, 3]
      // Whole numbers: many ties.
      let stream = Seed(UInt64(trial)).stream("filters")
      let weight = Tensor((0..<shape.count).map { Float(stream.integer(below: 5, at: $0)) - 2 }, shape: shape)
      let elements = weight.elements
      let target = WeightTarget(
        PrunableWeight(path: "w", parameter: Parameter(weight, role: .weight)), .groups(keeping: keeping, of: size))
      let groups = shape.count / size
      let magnitude = target.hardMask(dropping: groups * (size - keeping)).kept
      let score = target.hardMask(dropping: groups * (size - keeping), byScore: weight).kept
      let blocks = WeightTarget(
        PrunableWeight(path: "w", parameter: Parameter(weight, role: .weight)), .blocks(size: size))
      let blockMask = blocks.hardMask(dropping: groups / 2 * size).kept
      let positions = shape.extents[2] * shape.extents[3]
      var sums: [(sum: Float, members: [Int])] = []
      for output in 0..<3 {
        for block in 0..<shape.extents[1] / size {
          for position in 0..<positions {
            let members = (0..<size).map { ((output * shape.extents[1] + block * size + $0) * positions) + position }
            let byMagnitude = members.sorted { (abs(elements[$0]), -$0) > (abs(elements[$1]), -$1) }
            let bySign = members.sorted { (elements[$0], -$0) > (elements[$1], -$1) }
            #expect(Set(members.filter { magnitude[$0] }) == Set(byMagnitude.prefix(keeping)))
            #expect(Set(members.filter { score[$0] }) == Set(bySign.prefix(keeping)))
            sums.append((members.reduce(0) { $0 + abs(elements[$1]) }, members))
          }
        }
      }
      let order = sums.enumerated().sorted { ($0.element.sum, -$0.offset) > ($1.element.sum, -$1.offset) }
      let kept = order.prefix(groups - groups / 2).flatMap(\.element.members)
      #expect(Set((0..<shape.count).filter { blockMask[$0] }) == Set(kept))
    }
  }

  // MARK: Storage

  /// Methods whose pruned weights are zero for good.
  static let projected: [MethodConfig] = PruningConfig.everyMethod.filter {
    switch $0 {
    case .gmp(storage: .projected), .oneShot, .iterativeMagnitude, .acdc, .random, .set, .rigL, .graNet, .snip, .grasp,
      .synFlow, .asp, .l1Norm, .l2Norm, .slimming, .taylor, .hRank, .chip:
      true
    default: false
    }
  }

  @Test(arguments: projected, [ToyRun.sgd, ToyRun.adam])
  func prunedNumbersAndTheirMomentsStayExactlyZero(method: MethodConfig, optimizer: OptimizerConfig) throws {
    for structure in PruningConfig.everyPair.filter({ $0.0 == method }).map(\.1) {
      let run = try ToyRun(.test(method, structure, sparsity: 0.7), optimizer: optimizer)
      var checked = 0
      var violations = 0
      try run.train(0..<100) { _ in
        for (index, target) in run.session.targets.enumerated() {
          guard let mask = run.session.state.layers[index].mask?.kept else { continue }
          let dropped = (0..<mask.count).filter { !mask[$0] }
          let places: [(path: String, positions: [Int])] =
            (target as? ChannelTarget)?.group.slices.map { ($0.path, $0.positions(of: dropped)) }
            ?? [(target.path, dropped)]
          for (path, positions) in places {
            let values = run.named.first { $0.path == path }?.parameter.value.elements ?? []
            for numbers in [values] + run.moments(of: path) {
              checked += positions.count
              violations += positions.count { numbers[$0].bitPattern != 0 }
            }
          }
        }
      }
      #expect(violations == 0 && checked > 5000, "\(structure): \(checked) checked")
    }
  }

  /// The gradient at a stored weight under each of the rules: dropped, or passed on as it is with a pull.
  @Test(arguments: [
    (MethodConfig.dnw, Structure.unstructured, Float?.some(0)), (.dnw, .blocks(size: 2), 0),
    (.srSTE(pull: 2e-1), .groups(keeping: 2, of: 4), 2e-1), (.gmp(storage: .shadow), .unstructured, nil),
    (.gmp(storage: .shadow), .groups(keeping: 2, of: 4), nil), (.optG(steepness: 1), .unstructured, nil),
    (.movement(scoreRate: 0.1), .unstructured, nil), (.lbc, .groups(keeping: 2, of: 4), nil),
    (.oneShot, .unstructured, nil), (.acdc, .unstructured, nil),
  ])
  func gradientsOfPrunedWeights(method: MethodConfig, structure: Structure, pull: Float?) throws {
    let run = try ToyRun(.test(method, structure, sparsity: 0.7))
    try run.train(0..<90)
    try run.session.beforeForward(step: 90)
    let upstream = run.parameters.map { Tensor.gradient($0.shape) }
    for (parameter, gradient) in zip(run.parameters, upstream) { parameter.gradient = gradient }
    run.session.afterBackward()
    var pruned = 0
    for (index, parameter) in run.parameters.enumerated() {
      let mask = try #require(run.session.hardMask(index)?.kept)
      let (gradient, value) = (try #require(parameter.gradient).elements, parameter.value.elements)
      let active = parameter.active.elements
      for position in 0..<mask.count {
        let own = upstream[index].elements[position]
        if mask[position] {
          #expect(gradient[position] == own && active[position] == value[position])
        } else {
          pruned += 1
          #expect(active[position] == 0)
          let expected = pull.map { own + $0 * value[position] } ?? 0
          #expect(abs(gradient[position] - expected) <= 1e-6)
        }
      }
    }
    #expect(pruned > 200)
  }

  /// Scores learn by the gradient times the weight, where the weight is masked too.
  @Test(arguments: [MethodConfig.optG(steepness: 1), .movement(scoreRate: 0.1)])
  func scoresLearnWhereWeightsAreMasked(method: MethodConfig) throws {
    let run = try ToyRun(.test(method, sparsity: 0.7))
    try run.train(0..<80)
    try run.session.beforeForward(step: 80)
    for parameter in run.parameters { parameter.gradient = .gradient(parameter.shape) }
    run.session.afterBackward()
    for (parameter, auxiliary) in zip(run.parameters, run.session.auxiliaries.map(\.parameter)) {
      let expected = zip(Tensor.gradient(parameter.shape).elements, parameter.value.elements).map { $0 * $1 }
      #expect(try #require(auxiliary.gradient).elements == expected)
    }
    let masks = try (0..<4).map { try #require(run.session.hardMask($0)?.kept) }
    let before = run.session.auxiliaries.map(\.parameter.value.elements)
    for parameter in run.parameters { parameter.gradient = nil }
    try run.train(80..<81)
    let after = run.session.auxiliaries.map(\.parameter.value.elements)
    let moved = masks.indices.reduce(0) { sum, layer in
      sum + (0..<masks[layer].count).count { !masks[layer][$0] && before[layer][$0] != after[layer][$0] }
    }
    #expect(moved > 300)
  }
}

extension ChannelGroup.Slices {
  /// Positions in the parameter of the slices at `indices`.
  fileprivate func positions(of indices: [Int]) -> [Int] {
    let extents = parameter.shape.extents
    let inner = extents[(axis + 1)...].reduce(1, *)
    let outer = extents[..<axis].reduce(1, *)
    return (0..<outer).flatMap { outer in
      indices.flatMap { index in (0..<inner).map { (outer * extents[axis] + index) * inner + $0 } }
    }
  }
}

extension [Bool] {
  fileprivate func indices(where holds: (Bool) -> Bool) -> Set<Int> { Set(indices.filter { holds(self[$0]) }) }
}

extension Tensor {
  /// Numbers between -1 and 1 to stand for a gradient.
  fileprivate static func gradient(_ shape: Shape) -> Tensor {
    let stream = Seed(77).stream("upstream/\(shape)")
    return Tensor((0..<shape.count).map { Float(2 * stream.uniform(at: $0) - 1) }, shape: shape)
  }
}
