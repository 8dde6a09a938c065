import Foundation
import Kernels
import TestSupport
import Testing

@Suite struct SoftmaxCrossEntropyTests {
  private func twin(_ logits: PlainTensor<Double>, _ labels: [Int], _ smoothing: Double) -> Double {
    MatrixTwin.crossEntropy(
      logits, labels: labels, smoothing: smoothing, exponential: { exp($0) }, logarithm: { log($0) })
  }

  @Test(arguments: [[1, 1], [1, 2], [3, 7], [2, 8], [5, 9], [2, 16], [2, 17]] as [Shape], [0, 0.1, 1])
  func lossAndGradientAgreeWithTheTwin(shape: Shape, smoothing: Double) {
    let logits = Tensor.random("logits", shape, in: -4...4)
    let labels = (0..<shape[0]).map { ($0 * 5 + 1) % shape[1] }
    let (loss, gradient) = SoftmaxCrossEntropy.lossAndGradient(logits, labels: labels, labelSmoothing: smoothing)
    let x = PlainTensor<Double>(logits)
    #expect(abs(loss - twin(x, labels, smoothing)) < 1e-6)
    expectClose(
      gradient, centralDifferences(at: x) { twin($0, labels, smoothing) }, Tolerance(absolute: 1e-6, relative: 1e-5))
  }

  @Test func theTwinInSinglePrecisionAgreesWithDouble() {
    let logits = Tensor.random("logits", [4, 10], in: -4...4)
    let labels = [0, 9, 4, 4]
    let single = MatrixTwin.crossEntropy(
      PlainTensor<Float>(logits), labels: labels, smoothing: 0.1, exponential: { exp($0) }, logarithm: { log($0) })
    #expect(abs(Double(single) - twin(PlainTensor(logits), labels, 0.1)) < 1e-5)
  }

  @Test func equalLogitsCostTheLogarithmOfTheClasses() {
    let (loss, gradient) = SoftmaxCrossEntropy.lossAndGradient(
      Tensor(repeating: 3, shape: [2, 4]), labels: [1, 3], labelSmoothing: 0)
    #expect(abs(loss - log(4)) < 1e-12)
    #expect(gradient.elements == [0.125, -0.375, 0.125, 0.125, 0.125, 0.125, 0.125, -0.375])
  }

  @Test func hugeLogitsStayFinite() {
    let logits = Tensor([3e38, -3e38, 0], shape: [1, 3])
    let right = SoftmaxCrossEntropy.lossAndGradient(logits, labels: [0], labelSmoothing: 0)
    #expect(right.loss == 0)
    #expect(right.gradient.elements == [0, 0, 0])
    let wrong = SoftmaxCrossEntropy.lossAndGradient(logits, labels: [2], labelSmoothing: 0)
    #expect(wrong.loss == Double(Float(3e38)))
    #expect(wrong.gradient.elements == [1, 0, -1])
  }

  @Test(arguments: 0..<3)
  func notANumberReachesTheLoss(place: Int) {
    var scores: [Float] = [1, 2, 3]
    scores[place] = .nan
    let (loss, _) = SoftmaxCrossEntropy.lossAndGradient(
      Tensor(scores, shape: [1, 3]), labels: [1], labelSmoothing: 0)
    #expect(loss.isNaN)
  }

  @Test func badLabelsAreProgrammingErrors() async {
    await #expect(processExitsWith: .failure, "too large") {
      _ = SoftmaxCrossEntropy.lossAndGradient(.random("logits", [1, 3]), labels: [3], labelSmoothing: 0)
    }
    await #expect(processExitsWith: .failure, "negative") {
      _ = SoftmaxCrossEntropy.lossAndGradient(.random("logits", [1, 3]), labels: [-1], labelSmoothing: 0)
    }
    await #expect(processExitsWith: .failure, "too few") {
      _ = SoftmaxCrossEntropy.lossAndGradient(.random("logits", [2, 3]), labels: [0], labelSmoothing: 0)
    }
    await #expect(processExitsWith: .failure, "no rows") {
      _ = SoftmaxCrossEntropy.lossAndGradient(.random("logits", [0, 3]), labels: [], labelSmoothing: 0)
    }
  }
}
