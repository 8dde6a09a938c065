import Kernels
import TestSupport
import Testing

@Suite struct BatchNormalizationTests {
  static let shapes = [[2, 1, 1, 1], [4, 3, 5, 5], [2, 8, 3, 3], [3, 17, 4, 4], [1, 16, 33, 33], [2, 9, 1, 7]]

  private func laidOut(_ x: Numbers, blocked: Bool) -> Tensor {
    guard blocked else { return x.tensor }
    // A 1x1 convolution by the identity leaves the values, in the layout that the library chooses.
    let channels = x.shape[1]
    var identity = Numbers(zeros: [channels, channels, 1, 1])
    for channel in 0..<channels { identity[channel, channel, 0, 0] = 1 }
    return Convolution.forward(x.tensor, weight: identity.tensor, geometry: ConvolutionGeometry())
  }

  @Test(arguments: shapes, [(true, true), (true, false), (false, true), (false, false)])
  func forwardEqualsPlainLoops(shape: [Int], mode: (usesBatchStatistics: Bool, isRectified: Bool)) {
    let x = Numbers(random: shape, "x")
    let (scale, shift) = (Numbers(random: [shape[1]], "scale"), Numbers(random: [shape[1]], "shift"))
    let mean = Numbers(random: [shape[1]], "mean")
    let variance = Numbers([shape[1]], (0..<shape[1]).map { 0.5 + Double($0 % 4) / 4 })
    let expected = Twins.batchNormalization(
      x, scale: scale, shift: shift,
      statistics: mode.usesBatchStatistics ? nil : (mean.values, variance.values), epsilon: 1e-3,
      isRectified: mode.isRectified)
    for blocked in [false, true] {
      let (output, saved) = BatchNormalization.forward(
        laidOut(x, blocked: blocked), scale: scale.tensor, shift: shift.tensor,
        statistics: mode.usesBatchStatistics ? nil : (mean.tensor, variance.tensor),
        mode: .init(
          usesBatchStatistics: mode.usesBatchStatistics, isRectified: mode.isRectified, epsilon: 1e-3))
      #expect(mismatch(output, expected, absolute: 2e-5) == nil)
      guard mode.usesBatchStatistics else { continue }
      let moments = Twins.moments(x)
      #expect(mismatch(saved.mean, Numbers([shape[1]], moments.mean), absolute: 1e-6) == nil)
      #expect(mismatch(saved.variance, Numbers([shape[1]], moments.variance), absolute: 1e-6) == nil)
    }
  }

  @Test(arguments: [[4, 3, 3, 3], [2, 9, 4, 2]], [(true, true), (true, false), (false, true)])
  func gradientsEqualCentralDifferences(shape: [Int], mode: (usesBatchStatistics: Bool, isRectified: Bool)) {
    let x = Numbers(random: shape, "x")
    let (scale, shift) = (Numbers(random: [shape[1]], "scale"), Numbers(random: [shape[1]], "shift"))
    let upstream = Numbers(random: shape, "upstream")
    let statistics: ([Double], [Double])? =
      mode.usesBatchStatistics
      ? nil : ([Double](repeating: 0.25, count: shape[1]), [Double](repeating: 0.5, count: shape[1]))
    func value(_ x: Numbers, _ scale: Numbers, _ shift: Numbers) -> Double {
      upstream.dot(
        Twins.batchNormalization(
          x, scale: scale, shift: shift, statistics: statistics, epsilon: 1e-3, isRectified: mode.isRectified))
    }
    for blocked in [false, true] {
      let input = laidOut(x, blocked: blocked)
      let (_, saved) = BatchNormalization.forward(
        input, scale: scale.tensor, shift: shift.tensor,
        statistics: statistics.map { (Numbers([shape[1]], $0.0).tensor, Numbers([shape[1]], $0.1).tensor) },
        mode: .init(usesBatchStatistics: mode.usesBatchStatistics, isRectified: mode.isRectified, epsilon: 1e-3))
      let gradient = BatchNormalization.backward(upstream.tensor, input: input, scale: scale.tensor, saved: saved)
      #expect(
        mismatch(gradient.input, numericalGradient(at: x) { value($0, scale, shift) }, absolute: 1e-4) == nil)
      #expect(
        mismatch(gradient.scale, numericalGradient(at: scale) { value(x, $0, shift) }, absolute: 1e-4) == nil)
      #expect(
        mismatch(gradient.shift, numericalGradient(at: shift) { value(x, scale, $0) }, absolute: 1e-4) == nil)
    }
  }

  /// A mean a thousand deviations from zero must not cost the variance its digits.
  @Test func statisticsSurviveAMeanFarFromZero() {
    var x = Numbers(random: [4, 8, 16, 16], "x")
    for index in x.values.indices { x.values[index] = (x.values[index] * 0x1p10).rounded() * 0x1p-10 + 512 }
    let one = Numbers([8], [Double](repeating: 1, count: 8)).tensor
    let (_, saved) = BatchNormalization.forward(
      x.tensor, scale: one, shift: one, statistics: nil,
      mode: .init(usesBatchStatistics: true, isRectified: false, epsilon: 1e-5))
    #expect(mismatch(saved.variance, Numbers([8], Twins.moments(x).variance), absolute: 0, relative: 1e-5) == nil)
  }

  @Test func resultsDoNotDependOnTheNumberOfThreads() {
    let x = Numbers(random: [8, 16, 33, 33], "x").tensor
    let scale = Numbers(random: [16], "scale").tensor
    func run() -> [Float] {
      let (output, saved) = BatchNormalization.forward(
        x, scale: scale, shift: scale, statistics: nil,
        mode: .init(usesBatchStatistics: true, isRectified: true, epsilon: 1e-5))
      let gradient = BatchNormalization.backward(x, input: x, scale: scale, saved: saved)
      return output.elements + gradient.input.elements + gradient.scale.elements
    }
    let size = ThreadPool.size
    defer { ThreadPool.setSize(size) }
    ThreadPool.setSize(1)
    let alone = run()
    ThreadPool.setSize(2)
    #expect(run() == alone)
  }
}
