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
}
