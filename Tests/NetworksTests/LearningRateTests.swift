import Networks
import Testing

@Suite struct LearningRateTests {
  @Test func cosineClimbsToItsPeakAndFallsToZero() {
    let config = LearningRateConfig.cosine(peak: 0.4, warmupEpochs: 2)
    func rate(_ step: Int) -> Double { config.rate(at: step, of: 100, stepsPerEpoch: 10) }
    #expect(rate(0) == 0)
    #expect(rate(5) == 0.1)
    #expect(rate(20) == 0.4)
    #expect(abs(rate(60) - 0.2) < 1e-12)
    #expect(rate(99) > 0 && rate(99) < 0.001)
    #expect(rate(100) == 0)
    #expect((0..<20).allSatisfy { rate($0) < rate($0 + 1) })
    #expect((20..<100).allSatisfy { rate($0) > rate($0 + 1) })
  }

  @Test func withoutWarmupTheFirstStepHasThePeak() {
    #expect(LearningRateConfig.cosine(peak: 0.1, warmupEpochs: 0).rate(at: 0, of: 10, stepsPerEpoch: 5) == 0.1)
  }

  /// A warm-up may end in the middle of an epoch, and may last as long as the run.
  @Test func warmupNeedNotBeWholeEpochsNorEnd() {
    let half = LearningRateConfig.cosine(peak: 1, warmupEpochs: 0.5)
    #expect(half.rate(at: 4, of: 20, stepsPerEpoch: 10) == 0.8)
    #expect(half.rate(at: 5, of: 20, stepsPerEpoch: 10) == 1)
    let endless = LearningRateConfig.cosine(peak: 1, warmupEpochs: 2)
    #expect(endless.rate(at: 19, of: 20, stepsPerEpoch: 10) == 0.95)
    #expect(endless.rate(at: 20, of: 20, stepsPerEpoch: 10) == 0)
  }

  @Test func linearIsAStraightLineToZero() {
    let config = LearningRateConfig.linear(peak: 0.4, warmupEpochs: 2)
    func rate(_ step: Int) -> Double { config.rate(at: step, of: 100, stepsPerEpoch: 10) }
    #expect([0, 5, 20, 60, 80, 100, 101].map(rate) == [0, 0.1, 0.4, 0.2, 0.1, 0, 0])
  }

  @Test func polynomialFallsAsThePowerOfWhatRemains() {
    let config = LearningRateConfig.polynomial(peak: 2, warmupEpochs: 0, power: 2)
    #expect([0, 1, 2, 4].map { config.rate(at: $0, of: 4, stepsPerEpoch: 1) } == [2, 1.125, 0.5, 0])
  }

  /// A milestone holds from its own step on, in whatever order milestones are given.
  @Test func stepFallsAtItsMilestones() {
    let config = LearningRateConfig.step(peak: 1, warmupEpochs: 0.5, milestoneEpochs: [3, 1.5], factor: 0.5)
    let rates = (0...8).map { config.rate(at: $0, of: 8, stepsPerEpoch: 2) }
    #expect(rates == [0, 1, 1, 0.5, 0.5, 0.5, 0.25, 0.25, 0.25])
  }

  private static let schedules: [@Sendable (_ peak: Double, _ warmup: Double) -> LearningRateConfig] = [
    { .cosine(peak: $0, warmupEpochs: $1) }, { .linear(peak: $0, warmupEpochs: $1) },
    { .polynomial(peak: $0, warmupEpochs: $1, power: 0.5) },
  ]

  @Test func edgesOfEverySchedule() {
    for schedule in Self.schedules {
      // No steps at all.
      #expect(schedule(1, 0).rate(at: 0, of: 0, stepsPerEpoch: 1) == 0)
      // A warm-up as long as the run.
      #expect((0...4).map { schedule(1, 4).rate(at: $0, of: 4, stepsPerEpoch: 1) } == [0, 0.25, 0.5, 0.75, 0])
      // One step.
      #expect((0...1).map { schedule(1, 0).rate(at: $0, of: 1, stepsPerEpoch: 1) } == [1, 0])
    }
    let step = LearningRateConfig.step(peak: 1, warmupEpochs: 4, milestoneEpochs: [], factor: 0.1)
    #expect((0...4).map { step.rate(at: $0, of: 4, stepsPerEpoch: 1) } == [0, 0.25, 0.5, 0.75, 1])
  }
}
