import Autodiff
import Kernels
import Networks
import Testing

@Suite struct SGDTests {
  private static let stream = Seed(9).stream("values")

  private static func values(_ count: Int, from start: Int) -> [Float] {
    (0..<count).map { Float(stream.uniform(at: start + $0) - 0.5) }
  }

  private static func config(
    momentum: Double = 0.9, nesterov: Bool = false, decay: Double = 0.01, scope: DecayScope = .allParameters
  ) -> SGDConfig {
    SGDConfig(momentum: momentum, nesterov: nesterov, weightDecay: decay, decayScope: scope)
  }

  /// Six steps against the definition in double precision, below, at and above the SIMD width.
  @Test(
    arguments: [
      config(momentum: 0, decay: 0), config(decay: 0), config(), config(nesterov: true), config(momentum: 0),
    ], [0, 1, 7, 8, 9, 40_000])
  func updateIsPyTorchs(config: SGDConfig, count: Int) {
    let parameter = Parameter(Tensor(Self.values(count, from: 0), shape: [count]), role: .weight)
    let optimizer = SGD(config, parameters: [("w", parameter)])
    var weights = parameter.value.elements.map { Double($0) }
    var velocities = [Double](repeating: 0, count: count)
    for step in 1...6 {
      let rate = 0.1 / Double(step)
      let gradient = Self.values(count, from: step * count)
      parameter.gradient = Tensor(gradient, shape: [count])
      optimizer.update(rate: rate)
      for index in 0..<count {
        let pull = Double(gradient[index]) + config.weightDecay * weights[index]
        velocities[index] = config.momentum * velocities[index] + pull
        weights[index] -= rate * (config.nesterov ? pull + config.momentum * velocities[index] : velocities[index])
      }
    }
    #expect(parameter.value.shape == [count])
    #expect(largestDistance(parameter.value, weights) < 1e-6)
    #expect(optimizer.state.moments["w"].map { largestDistance($0, velocities) < 1e-5 } == true)
    #expect(parameter.gradient?.elements == Self.values(count, from: 6 * count))
  }

  @Test(arguments: DecayScope.allCases)
  func decayActsWhereItsScopeSays(scope: DecayScope) {
    let roles: [(path: String, role: Parameter.Role)] = [
      ("weight", .weight), ("bias", .bias), ("scale", .normalization),
    ]
    let parameters = roles.map { path, role in
      (path: path, parameter: Parameter(Tensor([2, -4], shape: [2]), role: role))
    }
    let optimizer = SGD(Self.config(momentum: 0, decay: 0.5, scope: scope), parameters: parameters)
    for (_, parameter) in parameters { parameter.gradient = Tensor([0, 0], shape: [2]) }
    optimizer.update(rate: 0.25)
    let decayed: [Float] = [1.75, -3.5]
    let others: [Float] = scope == .allParameters ? decayed : [2, -4]
    #expect(parameters.map(\.parameter.value.elements) == [decayed, others, others])
  }

  @Test func parameterWithoutGradientKeepsItsValueAndItsMomentum() throws {
    let still = Parameter(Tensor([1, 2], shape: [2]), role: .weight)
    let moving = Parameter(Tensor([1, 2], shape: [2]), role: .weight)
    let optimizer = SGD(Self.config(), parameters: [("still", still), ("moving", moving)])
    try optimizer.restore(
      OptimizerState(moments: ["still": Tensor([5, 6], shape: [2]), "moving": Tensor([0, 0], shape: [2])]))
    moving.gradient = Tensor([1, 1], shape: [2])
    optimizer.update(rate: 0.1)
    #expect(still.value.elements == [1, 2])
    #expect(optimizer.state.moments["still"]?.elements == [5, 6])
    #expect(moving.value.elements != [1, 2])
  }

  @Test func momentumIsLentForWritingAndCanBeResumed() throws {
    let parameter = Parameter(Tensor([1], shape: [1]), role: .weight)
    let optimizer = SGD(Self.config(momentum: 0.5, decay: 0), parameters: [("w", parameter)])
    try optimizer.restore(OptimizerState(moments: ["w": Tensor([4], shape: [1])]))
    optimizer.withMoments(of: "w") { $0.withMutableElements { $0[0] += 2 } }
    optimizer.withMoments(of: "unknown") { _ in Issue.record("there is no such momentum") }
    parameter.gradient = Tensor([0], shape: [1])
    optimizer.update(rate: 1)
    // v = 0.5 * 6, w = 1 - 3.
    #expect(parameter.value.elements == [-2])
    #expect(optimizer.state.moments.keys.sorted() == ["w"])
  }

  @Test func stateThatDoesNotFitIsReportedAndLeftAlone() {
    let parameters = ["a", "b", "c"].map {
      (path: $0, parameter: Parameter(Tensor([1], shape: [1]), role: .weight))
    }
    let optimizer = SGD(Self.config(), parameters: parameters)
    let error = #expect(throws: OptimizerError.self) {
      try optimizer.restore(
        OptimizerState(
          moments: [
            "a": Tensor([1, 2], shape: [2]), "b": Tensor([7], shape: [1]), "d": Tensor([1], shape: [1]),
          ], updates: ["e": 1]))
    }
    #expect(
      error?.description
        == "the state does not fit what it is for: missing 'c'; not known 'd', 'e'; of another shape 'a'")
    #expect(optimizer.state.moments["b"]?.elements == [0])
  }

  private func largestDistance(_ tensor: Tensor, _ expected: [Double]) -> Double {
    tensor.count == expected.count
      ? zip(tensor.elements, expected).map { abs(Double($0) - $1) }.max() ?? 0 : .infinity
  }
}
