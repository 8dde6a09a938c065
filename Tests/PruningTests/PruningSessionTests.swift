import Autodiff
import Glibc
import Kernels
import Pruning
import Testing

@Suite struct PruningSessionTests {
  @Test(arguments: PruningConfig.pruningMethods, [0.0, 0.3333, 0.8, 0.95])
  func requestedScheduledAndAchievedAgreeToTheLastWeight(method: MethodConfig, sparsity: Double) throws {
    for rule in [Budget.Rule.global, .uniform, .erk] {
      let run = try ToyRun(.test(method, sparsity: sparsity, rule: rule))
      try run.train()
      let frozen = try run.session.freeze(step: 100)
      let requested = Int((sparsity * 528).rounded())
      #expect(run.updates.last?.scheduled == requested)
      #expect([frozen.requested, frozen.scheduled, frozen.achieved] == [requested, requested, requested])
      #expect(frozen.total == 528)
      #expect(frozen.layers.allSatisfy { $0.achieved == $0.scheduled && $0.achieved <= $0.total * 98 / 100 })
      #expect(run.elements.joined().count { $0 == 0 } == requested)
      #expect(run.parameters.allSatisfy { $0.effective == nil })
    }
  }

  @Test func denseTrainingGoesThroughTheSamePath() throws {
    let run = try ToyRun(.test(.dense))
    try run.train()
    let before = run.elements
    let frozen = try run.session.freeze(step: 100)
    #expect(run.elements == before)
    #expect([frozen.requested, frozen.scheduled, frozen.achieved] == [0, 0, 0])
    #expect(run.updates.isEmpty)
    #expect(run.session.layerPoints().map(\.nonzero) == ToyRun.sizes)
  }

  @Test func noMethodTouchesTrainingDuringWarmUp() throws {
    let dense = try ToyRun(.test(.dense))
    try dense.train(0..<20)
    for method in PruningConfig.pruningMethods {
      let run = try ToyRun(.test(method))
      try run.train(0..<20)
      #expect(run.elements == dense.elements)
    }
  }

  @Test func theUniformBudgetPrunesEveryLayerAlike() throws {
    let run = try ToyRun(.test(.oneShot, sparsity: 0.75, rule: .uniform))
    try run.train()
    #expect(try run.session.freeze(step: 100).layers.map(\.achieved) == ToyRun.sizes.map { $0 * 3 / 4 })
  }

  @Test func pdpTrainsWithItsSoftMaskAndPassesItsGradient() throws {
    let run = try ToyRun(.test(.pdp(temperature: .absolute(1e-3))))
    try run.train(0..<50)
    try run.session.beforeForward(step: 50)
    for parameter in run.parameters { parameter.gradient = Tensor(repeating: 1, shape: parameter.shape) }
    run.session.afterBackward()
    for (index, parameter) in run.parameters.enumerated() {
      let pruned = run.session.state.layers[index].pruned
      let magnitudes = parameter.value.elements.map { abs(Double($0)) }.sorted()
      let threshold = (magnitudes[pruned - 1] + magnitudes[pruned]) / 2
      let effective = try #require(parameter.effective).elements
      let slopes = try #require(parameter.gradient).elements
      for (position, weight) in parameter.value.elements.enumerated() {
        let w = Double(weight)
        let mask = 1 / (1 + exp((threshold * threshold - w * w) / 1e-3))
        let slope = mask * (1 + 2 * w * w / 1e-3 * (1 - mask))
        #expect(abs(Double(effective[position]) - mask * w) < 1e-6)
        #expect(abs(Double(slopes[position]) - slope) < 1e-5 * max(1, slope))
      }
    }
  }

  @Test func pdpFixesItsSharesWhenPruningStarts() throws {
    let run = try ToyRun(.test(.pdp(temperature: .relative(0.1))), scales: [1, 0.9, 1.1, 1])
    try run.train(0..<20)
    let ranked = Budget.globalCounts(of: run.parameters.map(\.value), pruned: 422)
    try run.train(20..<100)
    #expect(run.session.state.layers.map(\.target) == ranked)
    #expect(run.session.state.layers.map(\.pruned) == ranked)
    #expect(run.updates.map(\.step) == [20, 30, 40, 50, 60, 70])
    let byShare = [0, 0.2, 0.4, 0.6, 0.8, 1].map { share in
      ranked.reduce(0) { $0 + Int((Double($1) * share).rounded()) }
    }
    #expect(run.updates.map(\.scheduled) == byShare)
  }

  @Test func relativeTemperatureFollowsTheThreshold() throws {
    let run = try ToyRun(.test(.pdp(temperature: .relative(0.05))))
    try run.train()
    for point in run.session.layerPoints() {
      #expect(abs(try #require(point.relativeTemperature) - 0.05) < 1e-9)
    }
  }

  @Test(arguments: MethodConfig.Storage.allCases)
  func gmpRanksAnewAndNestedGMPOnlyGrows(storage: MethodConfig.Storage) throws {
    let run = try ToyRun(.test(.gmp(storage: storage)))
    var before: [KeepMask]?
    var comebacks = 0
    try run.train(0..<100) { _ in
      let masks = (0..<4).compactMap { run.session.hardMask($0)?.kept }
      guard masks.count == 4 else { return }
      for (old, new) in zip(before ?? masks, masks) {
        comebacks += (0..<old.count).count { !old[$0] && new[$0] }
      }
      before = masks
    }
    #expect(run.updates.map(\.scheduled) == [0, 206, 331, 395, 419, 422])
    #expect(storage == .projected ? comebacks == 0 : comebacks > 0)
  }

  @Test(arguments: [MethodConfig.gmp(storage: .projected), .oneShot, .random])
  func projectedWeightsAndMomentsStayExactlyZero(method: MethodConfig) throws {
    let run = try ToyRun(.test(method))
    var checked = 0
    var violations = 0
    try run.train(0..<100) { _ in
      for index in 0..<4 {
        guard let mask = run.session.hardMask(index)?.kept else { continue }
        let (weights, moments) = (run.parameters[index].value.elements, run.moments(of: run.named[index].path)[0])
        for position in 0..<mask.count where !mask[position] {
          checked += 1
          violations += weights[position].bitPattern == 0 && moments[position].bitPattern == 0 ? 0 : 1
        }
      }
    }
    #expect(violations == 0)
    #expect(checked >= 422 * 30)
  }

  @Test func shadowStorageKeepsPrunedValuesUntilFreezing() throws {
    let run = try ToyRun(.test(.gmp(storage: .shadow)))
    try run.train()
    #expect(run.elements.joined().allSatisfy { $0 != 0 })
    let masks = (0..<4).compactMap { run.session.hardMask($0)?.kept }
    _ = try run.session.freeze(step: 100)
    for (mask, values) in zip(masks, run.elements) {
      #expect(values.indices.allSatisfy { (values[$0] != 0) == mask[$0] })
    }
  }

  @Test func oneShotTrainsDenseUntilTheRampEnds() throws {
    let (dense, run) = (try ToyRun(.test(.dense)), try ToyRun(.test(.oneShot)))
    try dense.train(0..<70)
    try run.train(0..<70)
    #expect(run.elements == dense.elements)
    try run.train(70..<71)
    #expect(run.updates.map(\.scheduled) == [0, 422])
    #expect(run.elements.joined().count { $0 == 0 } == 422)
  }

  @Test func randomMasksDependOnSeedAndPathAlone() throws {
    func masks(_ seed: UInt64, scales: [Float] = [1, 1, 1, 1]) throws -> [KeepMask?] {
      let run = try ToyRun(.test(.random, rule: .uniform), seed: Seed(seed), scales: scales)
      try run.train(0..<21)
      return (0..<4).map { run.session.hardMask($0)?.kept }
    }
    #expect(try masks(1) == masks(1, scales: [5, 1, 3, 2]))
    #expect(try masks(1) != masks(2))
  }

  @Test func evaluationMasksAreSoftAndHardAndLeaveNothingBehind() throws {
    let run = try ToyRun(.test(.pdp(temperature: .absolute(1e-2))))
    try run.train()
    let weights = run.elements
    let soft = run.session.withMasks(.asTrained) { run.parameters.map(\.active.elements) }
    let hard = run.session.withMasks(.hard) { run.parameters.map(\.active.elements) }
    #expect(hard.joined().count { $0 == 0 } == 422)
    #expect(soft != hard && soft != weights)
    #expect(run.parameters.allSatisfy { $0.effective == nil })
    #expect(run.elements == weights)
    _ = try run.session.freeze(step: 100)
    #expect(run.elements == hard)
  }

  @Test func layerPointsDescribeTheHardMasks() throws {
    let run = try ToyRun(.test(.gmp(storage: .projected)))
    #expect(run.session.layerPoints().map(\.maskFlips) == [0, 0, 0, 0])
    try run.train(0..<100)
    let points = run.session.layerPoints()
    #expect(points.map(\.total) == ToyRun.sizes)
    #expect(points.reduce(0) { $0 + $1.total - $1.nonzero } == 422)
    #expect(points.reduce(0) { $0 + $1.maskFlips } == 422)
    #expect(points.allSatisfy { ($0.threshold ?? 0) > 0 && $0.relativeTemperature == nil })
    #expect(run.session.layerPoints().map(\.maskFlips) == [0, 0, 0, 0])
  }

  @Test func theCapIsReportedOnce() throws {
    let run = try ToyRun(.test(.pdp(temperature: .absolute(1e-4)), sparsity: 0.6), scales: [1, 0.001, 1, 1])
    try run.train(0..<40)
    #expect(run.updates.map(\.capped.count) == [1, 0])
    let capped = try #require(run.updates.first?.capped.first)
    #expect(capped.path == "layer1.weight" && capped.weights == 300)
    #expect(capped.uncapped == 300 && capped.pruned == 294)
  }

  @Test(arguments: PruningConfig.pruningMethods)
  func aLayerThatLosesEveryWeightStopsTheRun(method: MethodConfig) throws {
    let run = try ToyRun(.test(method, cap: 1), scales: [1, 1e-6, 1, 1])
    let error = #expect(throws: PruningError.self) { try run.train() }
    guard case .layerEmptied("layer1.weight", 300, let step) = error else {
      Issue.record("another error: \(String(describing: error))")
      return
    }
    #expect(
      error?.description
        == "layer 'layer1.weight' loses all of its 300 weights at step \(step): "
        + "expected at least 1 kept; lower the cap")
  }

  @Test func freezingEarlyIsRefused() throws {
    let run = try ToyRun(.test(.gmp(storage: .shadow)))
    try run.train(0..<65)
    let error = #expect(throws: PruningError.self) { try run.session.freeze(step: 65) }
    #expect(
      error?.description
        == "network was frozen before its schedule ended: expected 422 pruned weights, got 419; "
        + "train to the end of the ramp")
  }
}
