import Kernels
import TestSupport
import Testing

@Suite struct OptimizerUpdateTests {
  @Test(arguments: [0, 1, 7, 8, 9, 16, 17, 33, 32_769], [false, true])
  func sgdAgreesWithItsTwinOverSeveralSteps(count: Int, nesterov: Bool) {
    var weight = Tensor.random("weight", [count])
    var velocity = Tensor(repeating: 0, shape: [count])
    var (w, v) = (PlainTensor<Double>(weight), PlainTensor<Double>(velocity))
    let twin = SGDTwin(rate: 0.1, momentum: 0.9, nesterov: nesterov, decay: 0.01)
    for step in 0..<3 {
      let gradient = Tensor.random("gradient \(step)", [count])
      OptimizerUpdate.sgd(
        &weight, velocity: &velocity, gradient: gradient, rate: 0.1, momentum: 0.9, nesterov: nesterov, decay: 0.01)
      twin.step(&w, velocity: &v, gradient: PlainTensor(gradient))
    }
    expectClose(weight, w, Tolerance(absolute: 1e-6, relative: 1e-6), "weight")
    expectClose(velocity, v, Tolerance(absolute: 1e-6, relative: 1e-6), "velocity")
  }

  /// A power of two scales without rounding, so a factor in the update is the factor on the gradient.
  @Test func gradientFactorScalesTheGradient() {
    let gradient = Tensor.random("gradient", [9])
    var (weight, velocity) = (Tensor.random("weight", [9]), Tensor.random("velocity", [9]))
    var (expected, expectedVelocity) = (weight, velocity)
    OptimizerUpdate.sgd(
      &weight, velocity: &velocity, gradient: gradient, gradientFactor: 0.25, rate: 0.1, momentum: 0.9,
      nesterov: true, decay: 0.01)
    OptimizerUpdate.sgd(
      &expected, velocity: &expectedVelocity, gradient: Tensor(gradient.elements.map { 0.25 * $0 }, shape: [9]),
      rate: 0.1, momentum: 0.9, nesterov: true, decay: 0.01)
    #expect(weight.elements == expected.elements)
    #expect(velocity.elements == expectedVelocity.elements)
  }

  @Test func bitsDoNotDependOnWhereAnElementStands() {
    let count = 41
    let (weight, gradient) = (Tensor.random("weight", [count]), Tensor.random("gradient", [count]))
    func step(_ weight: [Float], _ velocity: [Float], _ gradient: [Float]) -> [Float] {
      var w = Tensor(weight, shape: [weight.count])
      var v = Tensor(velocity, shape: [velocity.count])
      OptimizerUpdate.sgd(
        &w, velocity: &v, gradient: Tensor(gradient, shape: [gradient.count]), rate: 0.3, momentum: 0.7,
        nesterov: true, decay: 0.05)
      return w.elements + v.elements
    }
    let (w, g) = (weight.elements, gradient.elements)
    let whole = step(w, g, g)
    for index in 0..<count {
      #expect(step([w[index]], [g[index]], [g[index]]) == [whole[index], whole[count + index]])
    }
  }

  @Test func plainDescentIsTheRuleInOneLine() {
    var weight = Tensor([1, -2], shape: [2])
    var velocity = Tensor(repeating: 0, shape: [2])
    OptimizerUpdate.sgd(
      &weight, velocity: &velocity, gradient: Tensor([4, 8], shape: [2]), rate: 0.25, momentum: 0, nesterov: false,
      decay: 0)
    #expect(weight.elements == [0, -4])
    #expect(velocity.elements == [4, 8])
  }

  @Test func tensorsThatShareTheirElementsAreNotTouched() {
    let start = Tensor([1, 2, 3], shape: [3])
    var (weight, velocity) = (start, start)
    OptimizerUpdate.sgd(
      &weight, velocity: &velocity, gradient: start, rate: 1, momentum: 1, nesterov: false, decay: 0)
    #expect(start.elements == [1, 2, 3])
    #expect(velocity.elements == [2, 4, 6])
    #expect(weight.elements == [-1, -2, -3])
  }

  @Test func aWeightThatCameOutOfAConvolutionIsUpdatedInOrder() {
    func filtered() -> Tensor {
      Convolution.forward(
        .random("image", [1, 2, 3, 3]), weight: .random("filters", [17, 2, 1, 1]), geometry: ConvolutionGeometry())
    }
    var (weight, velocity) = (filtered(), filtered())
    let gradient = Tensor.random("gradient", weight.shape)
    var (w, v) = (PlainTensor<Double>(weight), PlainTensor<Double>(velocity))
    SGDTwin(rate: 0.5, momentum: 0.5, nesterov: false, decay: 0).step(
      &w, velocity: &v, gradient: PlainTensor(gradient))
    OptimizerUpdate.sgd(
      &weight, velocity: &velocity, gradient: gradient, rate: 0.5, momentum: 0.5, nesterov: false, decay: 0)
    expectClose(weight, w)
    expectClose(velocity, v)
  }

  @Test func shapesThatDifferAreProgrammingErrors() async {
    await #expect(processExitsWith: .failure) {
      var weight = Tensor.random("weight", [2])
      var velocity = Tensor.random("velocity", [2])
      OptimizerUpdate.sgd(
        &weight, velocity: &velocity, gradient: .random("gradient", [3]), rate: 1, momentum: 0, nesterov: false,
        decay: 0)
    }
  }
}
