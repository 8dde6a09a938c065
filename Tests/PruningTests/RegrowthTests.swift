import Autodiff
import Kernels
import Pruning
import Testing

/// Masks that move while their counts stay.
@Suite struct RegrowthTests {
  private static let methods: [MethodConfig] = [
    .set(share: 0.3, interval: 3, until: 1), .rigL(share: 0.3, interval: 3, until: 1),
    .graNet(initialSparsity: 0.7, share: 0.5, interval: 3),
  ]

  /// The mask after an exchange, by sorting: the smallest kept magnitudes go, the last of equal ones first; the highest
  /// scores of all that is not kept grow, the first of equal ones.
  private func exchanged(_ mask: [Bool], _ count: Int, magnitudes: [Float], growth: [Float]) -> [Bool] {
    let active = mask.indices.filter { mask[$0] }.sorted { (magnitudes[$0], -$0) > (magnitudes[$1], -$1) }
    let kept = Set(active.dropLast(count))
    let others = mask.indices.filter { !kept.contains($0) }.sorted { (growth[$0], -$0) > (growth[$1], -$1) }
    let grown = Set(others.prefix(count))
    return mask.indices.map { kept.contains($0) || grown.contains($0) }
  }

  @Test(arguments: methods, [0.1, 0.7])
  func aThousandExchangesKeepEveryCount(method: MethodConfig, sparsity: Double) throws {
    let sizes = [20, 60]
    let run = try ToyRun(
      .test(method, sparsity: sparsity, warmup: 0, ramp: 0), sizes: sizes, totalSteps: 1001)
    var counts: [Int]?
    var (exchanges, grown) = (0, 0)
    for step in 0..<1001 {
      let before = run.session.state.layers.map { $0.mask?.kept }
      let weights = run.elements
      try run.train(step..<step + 1) { _ in
        for (index, layer) in run.session.state.layers.enumerated() {
          guard let old = before[index], let new = layer.mask?.kept else { continue }
          exchanges += old == new ? 0 : 1
          let values = run.parameters[index].value.elements
          let moments = run.moments(of: run.named[index].path)
          for position in 0..<new.count where new[position] {
            grown += old[position] ? 0 : 1
            // Where the update is left out, a grown weight and its moments are exactly zero, and others are as before.
            guard run.session.skipsUpdate else { continue }
            #expect(values[position] == (old[position] ? weights[index][position] : 0))
            if !old[position] { #expect(moments.allSatisfy { $0[position].bitPattern == 0 }) }
          }
        }
      }
      let now = run.session.state.layers.map { $0.mask.map { $0.kept.keptCount } ?? -1 }
      if let counts { #expect(now == counts) } else { counts = now }
    }
    #expect(exchanges > 100 && grown > 300, "\(exchanges) exchanges, \(grown) grown")
    #expect(run.session.scheduled == Int((sparsity * 80).rounded()))
  }

  /// RigL's exchange step by step: order of drop and growth, values, and the update that is left out.
  @Test(arguments: [0.1, 0.5, 0.8])
  func anExchangeIsThatOfTheReference(sparsity: Double) throws {
    let run = try ToyRun(
      .test(.rigL(share: 0.4, interval: 5, until: 1), sparsity: sparsity, rule: .uniform), sizes: [40, 80],
      values: .random)
    try run.train(0..<5)
    let masks = try run.session.state.layers.map { try #require($0.mask?.kept) }
    let weights = run.elements
    try run.session.beforeForward(step: 5)
    var gradients: [[Float]] = []
    for (index, parameter) in run.parameters.enumerated() {
      // Whole numbers: ties.
      let stream = Seed(6).stream("g\(index)")
      let gradient = (0..<parameter.value.count).map { Float(stream.integer(below: 9, at: $0)) - 4 }
      gradients.append(gradient)
      parameter.gradient = Tensor(gradient, shape: parameter.shape)
    }
    run.session.afterBackward()
    #expect(run.session.skipsUpdate)
    for (index, mask) in masks.enumerated() {
      let old = (0..<mask.count).map { mask[$0] }
      // 0.4 / 2 (1 + cos(pi 5 / 100)), of the kept ones, rounded down.
      let share = 0.2 * (1 + 0.987_688_340_6)
      let count = Int(share * Double(mask.keptCount))
      let expected = exchanged(old, count, magnitudes: weights[index].map(abs), growth: gradients[index].map(abs))
      let new = try #require(run.session.state.layers[index].mask?.kept)
      #expect((0..<new.count).map { new[$0] } == expected)
      #expect(expected != old && new.keptCount == mask.keptCount)
      let values = run.parameters[index].value.elements
      for position in 0..<new.count {
        let expected = new[position] && old[position] ? weights[index][position] : 0
        #expect(values[position] == expected)
      }
    }
  }

  /// What is dropped by magnitude may grow again by its gradient, with the value that it had.
  @Test func whatIsDroppedAndGrownKeepsItsValue() throws {
    let run = try ToyRun(
      .test(.rigL(share: 0.4, interval: 5, until: 1), sparsity: 0.5, rule: .uniform), sizes: [40])
    try run.train(0..<5)
    let mask = try #require(run.session.state.layers[0].mask?.kept)
    let smallest = try #require(
      (0..<40).filter { mask[$0] }.min { abs(run.elements[0][$0]) < abs(run.elements[0][$1]) })
    let value = run.elements[0][smallest]
    try run.session.beforeForward(step: 5)
    run.parameters[0].gradient = Tensor((0..<40).map { $0 == smallest ? 1 : 0 }, shape: [10, 4])
    run.session.afterBackward()
    #expect(run.session.state.layers[0].mask?.kept[smallest] == true)
    #expect(run.elements[0][smallest] == value && value != 0)
  }

  @Test func graNetStartsByERKAndExchangesFromTheWarmUpsEnd() throws {
    let run = try ToyRun(.test(.graNet(initialSparsity: 0.4, share: 0.5, interval: 7), sparsity: 0.8))
    var changes: [Int] = []
    var before: [KeepMask?] = []
    try run.train(0..<100) { step in
      let masks = run.session.state.layers.map { $0.mask?.kept }
      if step == 0 {
        let densities = Budget.densityCounts(
          of: ToyRun.sizes, inProportionTo: ToyRun.sizes.map { Budget.rawDensity(of: [$0 / 4, 4]) }, pruned: 211)
        #expect(run.session.state.layers.map(\.pruned) == densities)
      } else if masks != before {
        changes.append(step)
      }
      before = masks
    }
    // Every 7 steps from 20 on; the ramp ends at 70, which is none of them.
    #expect(changes.first == 20 && changes.count > 8)
    #expect(changes.allSatisfy { ($0 - 20) % 7 == 0 || $0 == 70 })
    #expect(run.updates.first?.scheduled == 211 && run.updates.last?.scheduled == 422)
  }

  @Test func theFirstMaskOfSETAndRigLIsRandomByERK() throws {
    for method in Self.methods.prefix(2) {
      func start(_ seed: UInt64, _ scales: [Float] = [1, 0.5, 2, 1]) throws -> [KeepMask?] {
        let run = try ToyRun(.test(method), seed: Seed(seed), scales: scales)
        try run.session.beforeForward(step: 0)
        return run.session.state.layers.map { $0.mask?.kept }
      }
      #expect(try start(1) == start(1, [9, 1, 1, 3]))
      #expect(try start(1) != start(2))
    }
  }
}
