import Autodiff
import Kernels
import TestSupport
import Testing

@Suite struct RunningStatisticsTests {
  private let tolerance = Tolerance(absolute: 1e-6, relative: 1e-6)

  private func run(_ x: Tensor, _ statistics: RunningStatistics, _ mode: Pass.Mode, momentum: Float = 0.1) -> Tensor {
    let channels: Shape = [x.shape[1]]
    return Pass(mode).batchNormalization(
      Variable(x), scale: Parameter(Tensor(repeating: 1, shape: channels), role: .normalization),
      shift: Parameter(Tensor(repeating: 0, shape: channels), role: .normalization), statistics: statistics,
      momentum: momentum, epsilon: 1e-5, isRectified: false
    ).value
  }

  @Test func theyStartAtZeroAndOne() {
    let statistics = RunningStatistics(channels: 3)
    #expect(statistics.mean.elements == [0, 0, 0])
    #expect(statistics.variance.elements == [1, 1, 1])
  }

  @Test func theyMoveByTheMomentumTowardsTheMeanAndTheUnbiasedVariance() {
    let statistics = RunningStatistics(channels: 2)
    let twin = BatchNormalizationTwin(epsilon: 1e-5, isRectified: false)
    var mean = PlainTensor<Double>([0, 0], shape: [2])
    var variance = PlainTensor<Double>([1, 1], shape: [2])
    for step in 0..<3 {
      let x = Tensor.random("step \(step)", [3, 2, 2, 2], in: -1...3)
      _ = run(x, statistics, .training)
      let batch = twin.statistics(of: PlainTensor<Double>(x))
      mean = mean.zip(batch.mean) { 0.9 * $0 + 0.1 * $1 }
      variance = variance.zip(batch.variance) { 0.9 * $0 + 0.1 * $1 * 12 / 11 }
    }
    expectClose(statistics.mean, mean, tolerance, "mean")
    expectClose(statistics.variance, variance, tolerance, "variance")
  }

  /// One image of one pixel has no variance: training stops, as in PyTorch, and says where.
  @Test func oneElementAChannelStopsTraining() async throws {
    let result = try #require(
      await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
        let one = Parameter(Tensor(repeating: 1, shape: [1]), role: .normalization)
        _ = Pass(.training).at("features.0.1").batchNormalization(
          Variable(Tensor([5], shape: [1, 1, 1, 1])), scale: one, shift: one,
          statistics: RunningStatistics(channels: 1), momentum: 0.5, epsilon: 1e-5, isRectified: false)
      })
    let text = String(decoding: result.standardErrorContent, as: UTF8.self)
    #expect(
      text.contains("batch normalisation at 'features.0.1': input [1, 1, 1, 1] has fewer than two values a channel"),
      "\(text)")
  }

  @Test func oneElementAChannelIsEvaluated() {
    #expect(run(Tensor([5], shape: [1, 1, 1, 1]), RunningStatistics(channels: 1), .evaluation).elements[0] > 4.9)
  }

  @Test func evaluationReadsThemAndLeavesThem() {
    let statistics = RunningStatistics(channels: 2)
    let x = Tensor.random("x", [2, 2, 3, 1])
    statistics.mean = Tensor([0.5, -1], shape: [2])
    statistics.variance = Tensor([4, 0.25], shape: [2])
    let ones = PlainTensor<Double>(repeating: 1, shape: [2])
    let expected = BatchNormalizationTwin(epsilon: Double(Float(1e-5)), isRectified: false).forward(
      PlainTensor<Double>(x), scale: ones, shift: ones.map { _ in 0 },
      statistics: (PlainTensor(statistics.mean), PlainTensor(statistics.variance)))
    expectClose(run(x, statistics, .evaluation), expected)
    #expect(statistics.mean.elements == [0.5, -1])
    #expect(statistics.variance.elements == [4, 0.25])
  }
}
