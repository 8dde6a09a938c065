import Kernels
import TestSupport
import Testing

@Suite struct AdamUpdateTests {
  /// A rule with its twin: decay on and off, of gradients and of weights, and a factor on the gradient.
  struct Rule: Sendable {
    let decay: Double
    let isDecoupled: Bool
    let factor: Double
  }

  static let rules = [
    Rule(decay: 0, isDecoupled: false, factor: 1), Rule(decay: 0.1, isDecoupled: false, factor: 1),
    Rule(decay: 0, isDecoupled: true, factor: 1), Rule(decay: 0.1, isDecoupled: true, factor: 1),
    Rule(decay: 0.1, isDecoupled: false, factor: 0.25), Rule(decay: 0.1, isDecoupled: true, factor: 0.25),
  ]

  @Test(arguments: rules, [0, 1, 7, 8, 9, 32_769])
  func adamAgreesWithItsTwinOverSeveralSteps(rule: Rule, count: Int) {
    var weight = Tensor.random("weight", [count])
    var (mean, square) = (Tensor(repeating: 0, shape: [count]), Tensor(repeating: 0, shape: [count]))
    var w = PlainTensor<Double>(weight).elements
    var (m, v) = ([Double](repeating: 0, count: count), [Double](repeating: 0, count: count))
    let twin = AdamTwin(
      rate: 0.01, beta1: 0.9, beta2: 0.99, epsilon: 1e-3, decay: rule.decay, isDecoupled: rule.isDecoupled)
    for number in 1...4 {
      let gradient = Tensor.random("gradient \(number)", [count])
      let step = AdamStep(
        count: number, rate: 0.01, beta1: 0.9, beta2: 0.99, epsilon: 1e-3,
        decay: rule.isDecoupled ? .weight(rule.decay) : .gradient(rule.decay), gradientFactor: rule.factor)
      OptimizerUpdate.adam(&weight, mean: &mean, square: &square, gradient: gradient, step: step)
      twin.step(
        &w, mean: &m, square: &v, gradient: gradient.elements.map { rule.factor * Double($0) }, count: number)
    }
    let tolerance = Tolerance(absolute: 1e-6, relative: 2e-6)
    expectClose(weight, PlainTensor(w, shape: [count]), tolerance, "weight")
    expectClose(mean, PlainTensor(m, shape: [count]), tolerance, "mean")
    expectClose(square, PlainTensor(v, shape: [count]), tolerance, "square")
  }

  /// The first step has the size of the rate whatever the gradient's, the direction of its sign.
  @Test func theFirstStepIsTheRate() {
    var weight = Tensor([0, 0, 0], shape: [3])
    var (mean, square) = (weight, weight)
    OptimizerUpdate.adam(
      &weight, mean: &mean, square: &square, gradient: Tensor([1e-3, -50, 0], shape: [3]),
      step: AdamStep(
        count: 1, rate: 0.25, beta1: 0.9, beta2: 0.999, epsilon: 1e-12, decay: .weight(0), gradientFactor: 1))
    expectClose(weight, Tensor([-0.25, 0.25, 0], shape: [3]), Tolerance(absolute: 1e-6, relative: 1e-6))
  }

  @Test func bitsDoNotDependOnWhereAnElementStands() {
    let count = 41
    let (weight, gradient) = (Tensor.random("weight", [count]).elements, Tensor.random("gradient", [count]).elements)
    func step(_ weight: [Float], _ gradient: [Float]) -> [[Float]] {
      var w = Tensor(weight, shape: [weight.count])
      var (mean, square) = (w, Tensor(gradient.map { $0 * $0 }, shape: [weight.count]))
      OptimizerUpdate.adam(
        &w, mean: &mean, square: &square, gradient: Tensor(gradient, shape: [weight.count]),
        step: AdamStep(
          count: 3, rate: 0.1, beta1: 0.9, beta2: 0.999, epsilon: 1e-8, decay: .gradient(0.1), gradientFactor: 0.3))
      return [w.elements, mean.elements, square.elements]
    }
    let whole = step(weight, gradient)
    for index in 0..<count {
      #expect(step([weight[index]], [gradient[index]]) == whole.map { [$0[index]] })
    }
  }

  @Test(arguments: [0, 1, 7, 8, 9, 32_769])
  func averageMovesAsItsTwin(count: Int) {
    var average = Tensor.random("average", [count])
    let value = Tensor.random("value", [count])
    let expected = PlainTensor<Double>(average).zip(PlainTensor(value)) { 0.75 * $0 + 0.25 * $1 }
    OptimizerUpdate.move(&average, towards: value, share: 0.25)
    expectClose(average, expected, Tolerance(absolute: 1e-7, relative: 1e-6))
  }

  @Test(arguments: [0, 1, 7, 8, 9, 32_768, 32_769, 100_003])
  func squaredNormIsTheSumOfSquares(count: Int) {
    let tensor = Tensor.random("gradient", [count])
    let plain = PlainTensor<Double>(tensor)
    #expect(abs(OptimizerUpdate.squaredNorm(tensor) - plain.dot(plain)) <= 1e-12 * plain.dot(plain))
  }

  @Test func shapesThatDifferAreProgrammingErrors() async {
    await #expect(processExitsWith: .failure) {
      var (weight, mean, square) = (Tensor.random("a", [2]), Tensor.random("b", [2]), Tensor.random("c", [3]))
      OptimizerUpdate.adam(
        &weight, mean: &mean, square: &square, gradient: .random("d", [2]),
        step: AdamStep(
          count: 1, rate: 1, beta1: 0, beta2: 0, epsilon: 1, decay: .weight(0), gradientFactor: 1))
    }
  }
}
