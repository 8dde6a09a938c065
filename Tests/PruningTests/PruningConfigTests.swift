import Kernels
import Pruning
import Testing

@Suite struct PruningConfigTests {
  /// What is wrong with a sound configuration after `change`.
  private func fault(_ change: (inout PruningConfig) -> Void) -> String? {
    var config = PruningConfig.test(.pdp(temperature: .absolute(1e-4)))
    change(&config)
    do {
      try config.validate(epochs: 10)
      return nil
    } catch {
      return error.description
    }
  }

  @Test func soundConfigurationsPass() {
    #expect(fault { _ in } == nil)
    #expect(fault { $0 = .test(.dense) } == nil)
  }

  @Test func faultsAreNamedWithTheirValues() {
    #expect(
      fault { $0.sparsity = 1.2 } == "sparsity is out of range: expected a fraction in 0..<1, got 1.2")
    #expect(
      fault { $0.sparsity = .nan } == "sparsity is out of range: expected a fraction in 0..<1, got nan")
    #expect(
      fault { $0.budget.cap = -0.5 } == "cap a layer is out of range: expected a fraction in 0...1, got -0.5")
    #expect(
      fault { $0.method = .pdp(temperature: .relative(0)) }
        == "temperature of method 'pdp' is out of range: expected a finite number above 0, got 0.0")
    #expect(
      fault { $0.method = .dense } == "method 'dense' prunes nothing: expected sparsity 0, got 0.8")
    #expect(
      fault { $0.schedule.rampEpochs = -1 }
        == "pruning schedule is out of range: expected finite epochs of at least 0, got 2.0 of warm-up "
        + "and -1.0 of ramp")
  }

  @Test func aScheduleThatEndsBelowItsTargetIsRefused() {
    #expect(
      fault { $0.schedule.rampEpochs = 8 }
        == "pruning schedule ends below its target: 2.0 epochs of warm-up and 8.0 of ramp "
        + "leave no step of 10.0 epochs at the final sparsity; shorten them or train longer")
    // 9.95 epochs are over only when the 100th of 100 steps is.
    #expect(throws: PruningError.scheduleTooLong(warmupEpochs: 2, rampEpochs: 7.95, epochs: 10)) {
      try ToyRun(.test(.gmp(storage: .shadow), ramp: 7.95))
    }
  }

  @Test func aCapThatLeavesTooFewWeightsIsRefusedBeforeTraining() {
    #expect(throws: PruningError.capBelowTarget(cap: 0.5, prunable: 264, requested: 422)) {
      try ToyRun(.test(.gmp(storage: .shadow), cap: 0.5))
    }
  }

  @Test func aNetworkWithoutPrunableWeightsIsRefused() {
    let error = #expect(throws: PruningError.self) {
      try PruningSession(
        .test(.gmp(storage: .projected)), weights: [], seed: Seed(1), stepsPerEpoch: 10, totalSteps: 100)
    }
    #expect(
      error?.description
        == "method 'gmp-nested' has nothing to prune: expected at least one prunable weight, got none")
  }
}
