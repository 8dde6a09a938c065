import Kernels
import TestSupport
import Testing

@Suite struct MeanSquaredErrorTests {
  private func twin(_ prediction: PlainTensor<Double>, _ target: PlainTensor<Double>) -> Double {
    prediction.zip(target) { ($0 - $1) * ($0 - $1) }.elements.reduce(0, +) / Double(target.count)
  }

  @Test(arguments: [[1], [1, 1], [7, 1], [2, 4], [9], [3, 3, 2]] as [Shape])
  func lossAndGradientAgreeWithTheTwin(shape: Shape) {
    let (prediction, target) = (Tensor.random("prediction", shape), Tensor.random("target", shape))
    let (p, t) = (PlainTensor<Double>(prediction), PlainTensor<Double>(target))
    let (loss, gradient) = MeanSquaredError.lossAndGradient(prediction, target: target)
    #expect(abs(loss - twin(p, t)) < 1e-12)
    expectClose(gradient, centralDifferences(at: p) { twin($0, t) }, Tolerance(absolute: 1e-7, relative: 1e-6))
  }

  @Test func aKnownAnswer() {
    let (loss, gradient) = MeanSquaredError.lossAndGradient(
      Tensor([1, 2, -3, 0], shape: [4, 1]), target: Tensor([0, 4, -3, 0.5], shape: [4, 1]))
    #expect(loss == (1 + 4 + 0 + 0.25) / 4)
    #expect(gradient.shape == [4, 1])
    #expect(gradient.elements == [0.5, -1, 0, -0.25])
  }

  @Test func predictionsThatAreRightCostNothing() {
    let x = Tensor.random("x", [9])
    let (loss, gradient) = MeanSquaredError.lossAndGradient(x, target: x)
    #expect(loss == 0)
    expectClose(gradient, Tensor(repeating: 0, shape: [9]), .exact)
  }

  @Test func notANumberReachesTheLoss() {
    let (loss, gradient) = MeanSquaredError.lossAndGradient(
      Tensor([1, .nan], shape: [2]), target: Tensor([1, 1], shape: [2]))
    #expect(loss.isNaN)
    #expect(gradient.elements[0] == 0 && gradient.elements[1].isNaN)
  }

  @Test func shapesThatDoNotFitAreProgrammingErrors() async {
    await #expect(processExitsWith: .failure, "shapes") {
      _ = MeanSquaredError.lossAndGradient(.random("prediction", [2, 1]), target: .random("target", [2]))
    }
    await #expect(processExitsWith: .failure, "nothing") {
      _ = MeanSquaredError.lossAndGradient(.random("prediction", [0]), target: .random("target", [0]))
    }
  }
}
