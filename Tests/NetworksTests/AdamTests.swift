import Autodiff
import Kernels
import Networks
import Testing

@Suite struct AdamTests {
  private static let config = AdamConfig(
    beta1: 0.9, beta2: 0.999, epsilon: 1e-8, weightDecay: 0.5, decayScope: .weightsOnly)

  private func parameter(_ value: [Float], _ role: Parameter.Role = .weight) -> Parameter {
    Parameter(Tensor(value, shape: [value.count]), role: role)
  }

  /// Without a gradient's pull, AdamW shrinks what its scope has, and Adam moves it by a whole step.
  @Test func decayActsOnGradientsOrWeights() throws {
    for (config, expected) in [(OptimizerConfig.adamW(Self.config), Float(1.9)), (.adam(Self.config), 1.9)] {
      let (weight, bias) = (parameter([2]), parameter([2], .bias))
      let optimizer = try config.optimizer(for: [("w", weight), ("b", bias)], groups: nil)
      for parameter in [weight, bias] { parameter.gradient = Tensor([0], shape: [1]) }
      optimizer.update(rate: 0.1)
      #expect(abs(weight.value.scalar - expected) < 1e-6, "\(config)")
      #expect(bias.value.scalar == 2, "\(config)")
    }
  }

  /// A parameter that had no gradient is at its own count, as in PyTorch.
  @Test func updatesAreCountedByParameter() throws {
    let (first, second) = (parameter([1]), parameter([1]))
    let optimizer = try OptimizerConfig.adamW(Self.config).optimizer(for: [("a", first), ("b", second)], groups: nil)
    first.gradient = Tensor([1], shape: [1])
    optimizer.update(rate: 0.1)
    second.gradient = Tensor([1], shape: [1])
    optimizer.update(rate: 0.1)
    #expect(optimizer.state.updates == ["a": 2, "b": 1])
    // The first update of each takes a step of the rate behind the decay, of 5 %.
    #expect(abs(second.value.scalar - 0.85) < 1e-6)
  }

  @Test func bothMomentsAreLentAndResumed() throws {
    let weight = parameter([1, 2])
    let optimizer = try OptimizerConfig.adam(Self.config).optimizer(for: [("w", weight)], groups: nil)
    weight.gradient = Tensor([3, 4], shape: [2])
    optimizer.update(rate: 0.1)
    var lent = 0
    optimizer.withMoments(of: "w") { moment in
      lent += 1
      moment.withMutableElements { $0[0] = 0 }
    }
    optimizer.withMoments(of: "unknown") { _ in Issue.record("there are no such moments") }
    #expect(lent == 2)
    let state = optimizer.state
    #expect(state.moments.keys.sorted() == ["w.exp_avg", "w.exp_avg_sq"])
    #expect(state.moments.values.allSatisfy { $0.elements[0] == 0 && $0.elements[1] != 0 })

    let other = parameter(weight.value.elements)
    let resumed = try OptimizerConfig.adam(Self.config).optimizer(for: [("w", other)], groups: nil)
    try resumed.restore(state)
    other.gradient = weight.gradient
    optimizer.update(rate: 0.2, gradientFactor: 0.5)
    resumed.update(rate: 0.2, gradientFactor: 0.5)
    #expect(other.value.elements == weight.value.elements)
    #expect(resumed.state.moments.mapValues(\.elements) == optimizer.state.moments.mapValues(\.elements))
  }

  @Test func stateOfAnotherOptimizerIsRefused() throws {
    let optimizer = try OptimizerConfig.adam(Self.config).optimizer(for: [("w", parameter([1]))], groups: nil)
    #expect(
      throws: OptimizerError.stateMismatch(
        missing: ["w", "w.exp_avg", "w.exp_avg_sq"], unused: ["w"], misshapen: [])
    ) { try optimizer.restore(OptimizerState(moments: ["w": Tensor([1], shape: [1])])) }
  }
}
