import Foundation
import Kernels
import TestSupport
import Testing

@Suite struct DistillationTests {
  private typealias Plain = PlainTensor<Double>

  /// Of one row, softened.
  private static func shares(_ row: ArraySlice<Double>, _ temperature: Double) -> [Double] {
    let powers = row.map { exp($0 / temperature) }
    return powers.map { $0 / powers.reduce(0, +) }
  }

  private static func twin(
    _ logits: Plain, _ teacher: Plain, _ labels: [Int], _ weights: (Double, Double), _ temperature: Double
  ) -> Double {
    let classes = logits.shape[1]
    var (task, distance) = (0.0, 0.0)
    for (row, label) in labels.enumerated() {
      let range = row * classes..<(row + 1) * classes
      task -= log(shares(logits.elements[range], 1)[label])
      let own = shares(logits.elements[range], temperature)
      for (p, q) in zip(shares(teacher.elements[range], temperature), own) { distance += p * log(p / q) }
    }
    let count = Double(labels.count)
    return (weights.0 * task + weights.1 * temperature * temperature * distance) / count
  }

  @Test(
    arguments: [[1, 2], [3, 2], [4, 3], [2, 9]] as [Shape],
    [(0.05, 0.95, 2), (1, 0, 3), (0, 1, 1), (0.5, 2, 0.5)] as [(Double, Double, Double)])
  func lossAndGradientAgreeWithTheTwin(shape: Shape, setting: (task: Double, teacher: Double, temperature: Double)) {
    let (logits, teacher) = (Tensor.random("logits", shape, in: -3...3), Tensor.random("teacher", shape, in: -3...3))
    let labels = (0..<shape[0]).map { ($0 * 5 + 1) % shape[1] }
    let (loss, gradient) = Distillation.lossAndGradient(
      logits, teacher: teacher, labels: labels, taskWeight: setting.task, distillationWeight: setting.teacher,
      temperature: setting.temperature)
    let (x, t) = (Plain(logits), Plain(teacher))
    func value(_ x: Plain) -> Double {
      Self.twin(x, t, labels, (setting.task, setting.teacher), setting.temperature)
    }
    #expect(abs(loss - value(x)) < 1e-6)
    expectClose(gradient, centralDifferences(at: x, of: value), Tolerance(absolute: 1e-6, relative: 1e-5))
  }

  /// Logits 0 and ln 3 are shares 1/4 and 3/4; the teacher's, 0 and 0, are halves.
  @Test func aKnownAnswer() {
    let (loss, gradient) = Distillation.lossAndGradient(
      Tensor([0, 2 * Float(log(3.0))], shape: [1, 2]), teacher: Tensor([0, 0], shape: [1, 2]), labels: [1],
      taskWeight: 0.05, distillationWeight: 0.95, temperature: 2)
    // At temperature 1 the shares are 1/10 and 9/10.
    let distance = 0.5 * log(0.5 / 0.25) + 0.5 * log(0.5 / 0.75)
    #expect(abs(loss - (0.05 * log(10.0 / 9) + 0.95 * 4 * distance)) < 1e-6)
    let slope = 0.05 * 0.1 + 0.95 * 2 * (0.25 - 0.5)
    #expect(abs(Double(gradient.elements[0]) - slope) < 1e-6 && abs(Double(gradient.elements[1]) + slope) < 1e-6)
  }

  @Test func aStudentLikeItsTeacherHasTheTaskAlone() {
    let logits = Tensor.random("logits", [4, 3])
    let task = SoftmaxCrossEntropy.lossAndGradient(logits, labels: [0, 1, 2, 0], labelSmoothing: 0)
    let both = Distillation.lossAndGradient(
      logits, teacher: logits, labels: [0, 1, 2, 0], taskWeight: 1, distillationWeight: 7, temperature: 2)
    #expect(both.loss == task.loss)
    expectClose(both.gradient, task.gradient, .exact)
  }

  @Test func certainTeachersStayFinite() {
    let (loss, gradient) = Distillation.lossAndGradient(
      Tensor([0, 0], shape: [1, 2]), teacher: Tensor([0, -3e38], shape: [1, 2]), labels: [0], taskWeight: 0,
      distillationWeight: 1, temperature: 1)
    #expect(abs(loss - log(2)) < 1e-12)
    #expect(gradient.elements == [-0.5, 0.5])
  }

  @Test func notANumberReachesTheLoss() {
    for (student, teacher) in [(Float.nan, Float(1)), (1, .nan)] {
      let (loss, _) = Distillation.lossAndGradient(
        Tensor([student, 0], shape: [1, 2]), teacher: Tensor([teacher, 0], shape: [1, 2]), labels: [0],
        taskWeight: 0.5, distillationWeight: 0.5, temperature: 2)
      #expect(loss.isNaN)
    }
  }

  @Test func regressionIsDrawnToBoth() {
    let prediction = Tensor([1, 2, -3], shape: [3, 1])
    let (loss, gradient) = Distillation.lossAndGradient(
      prediction, teacher: Tensor([1, 0, -3], shape: [3, 1]), target: Tensor([0, 2, -6], shape: [3, 1]),
      taskWeight: 0.25, distillationWeight: 0.75)
    #expect(abs(loss - (0.25 * (1 + 9) + 0.75 * 4) / 3) < 1e-12)
    let expected: [Float] = [0.25 * 2 / 3, 0.75 * 4 / 3, 0.25 * 6 / 3]
    #expect(zip(gradient.elements, expected).allSatisfy { abs($0 - $1) < 1e-6 })
  }

  @Test func whatDoesNotFitIsAProgrammingError() async {
    await #expect(processExitsWith: .failure, "shapes") {
      _ = Distillation.lossAndGradient(
        .random("x", [1, 2]), teacher: .random("t", [1, 3]), labels: [0], taskWeight: 1, distillationWeight: 1,
        temperature: 1)
    }
    await #expect(processExitsWith: .failure, "temperature") {
      _ = Distillation.lossAndGradient(
        .random("x", [1, 2]), teacher: .random("t", [1, 2]), labels: [0], taskWeight: 1, distillationWeight: 1,
        temperature: 0)
    }
  }
}
