import Kernels
import Pruning
import Testing

/// Layers of random sizes whose magnitudes tie often.
private func layers(_ trial: Int) -> [Tensor] {
  let stream = Seed(UInt64(trial)).stream("layers")
  return (0..<5).map { layer in
    let count = 1 + stream.integer(below: 200, at: layer)
    let values = (0..<count).map { Float(stream.integer(below: 30, at: 1000 * (layer + 1) + $0)) * Float(layer + 1) }
    return Tensor(values, shape: [count])
  }
}

@Suite struct BudgetTests {
  static func budgetLayers(_ weights: [Tensor]) -> [BudgetLayer] {
    weights.enumerated().map {
      BudgetLayer(path: "layer\($0).weight", values: $1, shape: $1.shape, mostPruned: $1.count)
    }
  }

  @Test(arguments: 0..<40)
  func sharesAddUpExactlyAndStayBelowTheCap(trial: Int) throws {
    let layers = layers(trial)
    let total = layers.reduce(0) { $0 + $1.count }
    let sparsity = Seed(9).stream("sparsity").uniform(at: trial) * 0.9
    let pruned = Int((sparsity * Double(total)).rounded())
    for rule in Budget.Rule.allCases {
      let shares = try Budget(rule: rule, cap: 0.97).shares(of: Self.budgetLayers(layers), pruned: pruned)
      #expect(shares.reduce(0) { $0 + $1.pruned } == pruned)
      for (share, layer) in zip(shares, layers) {
        #expect(share.pruned >= 0 && share.pruned <= Int(0.97 * Double(layer.count)))
      }
    }
  }

  @Test(arguments: 0..<20)
  func globalCountsAgreeWithSorting(trial: Int) {
    let layers = layers(trial)
    // Of equal magnitudes the last go first.
    let order = layers.enumerated().flatMap { layer, weight in
      weight.elements.enumerated().map { (layer: layer, index: $0, magnitude: abs($1)) }
    }.sorted { ($0.magnitude, -$0.layer, -$0.index) < ($1.magnitude, -$1.layer, -$1.index) }
    for pruned in [0, 1, order.count / 3, order.count / 2, order.count - 1, order.count] {
      let expected = layers.indices.map { layer in order.prefix(pruned).count { $0.layer == layer } }
      #expect(Budget.globalCounts(of: layers, pruned: pruned) == expected)
    }
  }

  @Test func allEqualWeightsArePrunedFromTheEnd() {
    let layers = [10, 20, 30].map { Tensor(repeating: 1, shape: [$0]) }
    #expect(Budget.globalCounts(of: layers, pruned: 35) == [0, 5, 30])
  }

  @Test func theCapSolvesTheOthersAgain() throws {
    // The ranking alone takes all 100 of the first layer and 20 of the second; the third is out of reach.
    let layers = [
      Tensor((0..<100).map { 0.001 * Float($0) }, shape: [100]),
      Tensor((0..<100).map { 1 + Float($0) }, shape: [100]),
      Tensor((0..<100).map { 1000 + Float($0) }, shape: [100]),
    ]
    let shares = try Budget(rule: .global, cap: 0.9).shares(of: Self.budgetLayers(layers), pruned: 120)
    #expect(shares.map(\.uncapped) == [100, 20, 0])
    #expect(shares.map(\.pruned) == [90, 30, 0])
    // Capping the first layer pushes the second over its cap too.
    let twice = try Budget(rule: .global, cap: 0.9).shares(of: Self.budgetLayers(layers), pruned: 188)
    #expect(twice.map(\.uncapped) == [100, 88, 0])
    #expect(twice.map(\.pruned) == [90, 90, 8])
  }

  @Test func theUniformRuleGivesRemaindersToTheLargest() {
    #expect(Budget.uniformCounts(of: [10, 10, 10], pruned: 10) == [4, 3, 3])
    #expect(Budget.uniformCounts(of: [1, 2, 997], pruned: 500) == [1, 1, 498])
    #expect(Budget.uniformCounts(of: [3, 0, 7], pruned: 10) == [3, 0, 7])
    #expect(Budget.uniformCounts(of: [], pruned: 0) == [])
  }

  @Test func aCapBelowTheTargetIsRefused() {
    let layers = [Tensor(repeating: 1, shape: [100]), Tensor(repeating: 2, shape: [50])]
    let error = #expect(throws: PruningError.self) {
      try Budget(rule: .global, cap: 0.5).shares(of: Self.budgetLayers(layers), pruned: 76)
    }
    #expect(
      error?.description
        == "cap of 0.5 a layer is too low: expected room for 76 pruned weights, got room for 75; "
        + "raise the cap or lower the sparsity")
  }

  @Test func erkGivesPublishedDensities() {
    let shapes: [Shape] = [[64, 3, 3, 3], [64, 64, 3, 3], [128, 64, 3, 3], [10, 128]]
    let sparsities = Budget.erkSparsities(of: shapes, sparsity: 0.9)
    for (sparsity, density) in zip(sparsities, [1, 0.0914439, 0.0675593, 1]) {
      #expect(abs(1 - sparsity - density) < 1e-6)
    }
    let kept = zip(shapes, sparsities).reduce(0.0) { $0 + Double($1.0.count) * (1 - $1.1) }
    #expect(abs(kept - 0.1 * Double(shapes.reduce(0) { $0 + $1.count })) < 1e-6)
  }
}
