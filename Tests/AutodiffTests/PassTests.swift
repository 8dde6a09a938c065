import Autodiff
import Kernels
import TestSupport
import Testing

@Suite struct PassTests {
  /// Runs `body` with a tape from an input and goes back from `upstream`.
  private func gradient(
    _ x: Numbers, _ upstream: Numbers, mode: Pass.Mode = .training, _ body: (Variable, Pass) -> Variable
  ) -> Tensor? {
    let input = Variable(x.tensor, needsGradient: true)
    let tape = Tape()
    let output = body(input, Pass(mode, tape: tape))
    tape.backward(from: output, upstream: upstream.tensor)
    #expect(tape.count == 0)
    return input.gradient
  }

  @Test func convolutionGradientsEqualCentralDifferences() throws {
    let x = Numbers(random: [2, 4, 5, 5], "x")
    let weight = Numbers(random: [6, 2, 3, 3], "weight")
    let upstream = Numbers(random: [2, 6, 3, 3], "upstream")
    let parameter = Parameter(weight.tensor, role: .weight)
    let geometry = ConvolutionGeometry(stride: 2, padding: 1, groups: 2)
    let inputGradient = try #require(
      gradient(x, upstream) { $1.convolution($0, weight: parameter, geometry: geometry) })
    func value(_ x: Numbers, _ w: Numbers) -> Double {
      upstream.dot(Twins.convolution(x, w, stride: 2, padding: 1, groups: 2))
    }
    #expect(mismatch(inputGradient, numericalGradient(at: x) { value($0, weight) }, absolute: 1e-4) == nil)
    let weightGradient = try #require(parameter.gradient)
    #expect(mismatch(weightGradient, numericalGradient(at: weight) { value(x, $0) }, absolute: 1e-4) == nil)
  }

  @Test func linearGradientsEqualCentralDifferences() throws {
    let (x, weight, bias) = (Numbers(random: [3, 5], "x"), Numbers(random: [4, 5], "w"), Numbers(random: [4], "b"))
    let upstream = Numbers(random: [3, 4], "upstream")
    let (matrix, shift) = (Parameter(weight.tensor, role: .weight), Parameter(bias.tensor, role: .bias))
    let inputGradient = try #require(gradient(x, upstream) { $1.linear($0, weight: matrix, bias: shift) })
    func value(_ x: Numbers, _ w: Numbers, _ b: Numbers) -> Double { upstream.dot(Twins.linear(x, w, bias: b)) }
    #expect(mismatch(inputGradient, numericalGradient(at: x) { value($0, weight, bias) }, absolute: 1e-4) == nil)
    let weightGradient = try #require(matrix.gradient)
    #expect(mismatch(weightGradient, numericalGradient(at: weight) { value(x, $0, bias) }, absolute: 1e-4) == nil)
    let biasGradient = try #require(shift.gradient)
    #expect(mismatch(biasGradient, numericalGradient(at: bias) { value(x, weight, $0) }, absolute: 1e-4) == nil)
  }

  @Test func globalAveragePoolingSpreadsItsGradientEvenly() throws {
    let x = Numbers(random: [2, 9, 3, 5], "x")
    let upstream = Numbers(random: [2, 9], "upstream")
    let got = try #require(gradient(x, upstream) { $1.globalAveragePooling($0) })
    #expect(mismatch(got, Numbers(x.shape, (0..<270).map { upstream.values[$0 / 15] / 15 })) == nil)
  }

  /// relu(x) + x, whose slope is 2 above zero and 1 below.
  @Test func aValueReadTwiceGetsBothGradients() throws {
    let x = Numbers(random: [2, 3, 2, 2], "x")
    let upstream = Numbers(random: x.shape, "upstream")
    let got = try #require(gradient(x, upstream) { $1.sum($1.relu($0), $0) })
    let expected = zip(x.values, upstream.values).map { $0 > 0 ? 2 * $1 : $1 }
    #expect(mismatch(got, Numbers(x.shape, expected)) == nil)
  }

  @Test func residualBlocksEndPassesToBothBranches() throws {
    let (x, other) = (Numbers(random: [1, 3, 2, 2], "x"), Numbers(random: [1, 3, 2, 2], "other"))
    let upstream = Numbers(random: x.shape, "upstream")
    let branch = Variable(other.tensor, needsGradient: true)
    let got = try #require(gradient(x, upstream) { $1.rectifiedSum($0, branch) })
    let expected = x.values.indices.map { x.values[$0] + other.values[$0] > 0 ? upstream.values[$0] : 0 }
    #expect(mismatch(got, Numbers(x.shape, expected)) == nil)
    let branchGradient = try #require(branch.gradient)
    #expect(mismatch(branchGradient, Numbers(x.shape, expected)) == nil)
  }

  @Test func aParameterReadTwiceGetsBothGradients() throws {
    let weight = Parameter(Tensor([2], shape: [1, 1]), role: .weight)
    let x = Numbers([1, 1], [3])
    // w (w x): the derivative with respect to w is 2 w x.
    _ = self.gradient(x, Numbers([1, 1], [1])) {
      $1.linear($1.linear($0, weight: weight, bias: nil), weight: weight, bias: nil)
    }
    let gradient = try #require(weight.gradient)
    #expect(gradient.elements == [12])
  }

  @Test func theEffectiveWeightIsWhatBothPassesRead() throws {
    let weight = Parameter(Tensor([2], shape: [1, 1]), role: .weight)
    weight.effective = Tensor([5], shape: [1, 1])
    let x = Variable(Tensor([3], shape: [1, 1]), needsGradient: true)
    let tape = Tape()
    let output = Pass(.training, tape: tape).linear(x, weight: weight, bias: nil)
    #expect(output.value.elements == [15])
    tape.backward(from: output, upstream: Tensor([1], shape: [1, 1]))
    #expect(x.gradient?.elements == [5])
    #expect(weight.gradient?.elements == [3])
  }

  @Test func nothingIsRecordedWhereNothingLearnsOrNoTapeIsGiven() {
    let x = Variable(Tensor([1], shape: [1]))
    let tape = Tape()
    #expect(!Pass(.training, tape: tape).relu(x).needsGradient)
    #expect(tape.count == 0)
    let learner = Variable(Tensor([1], shape: [1]), needsGradient: true)
    #expect(!Pass(.training).relu(learner).needsGradient)
  }

  @Test func runningStatisticsMoveByTheMomentumTowardsUnbiasedOnes() {
    let x = Numbers(random: [3, 2, 2, 2], "x")
    let statistics = RunningStatistics(channels: 2)
    let (scale, shift) = (
      Parameter(Tensor(repeating: 1, shape: [2]), role: .normalization),
      Parameter(Tensor(repeating: 0, shape: [2]), role: .normalization)
    )
    func run(_ mode: Pass.Mode) {
      _ = Pass(mode).batchNormalization(
        Variable(x.tensor), scale: scale, shift: shift, statistics: statistics, momentum: 0.1, epsilon: 1e-5,
        isRectified: false)
    }
    run(.training)
    let moments = Twins.moments(x)
    let mean = Numbers([2], moments.mean.map { 0.1 * $0 })
    let variance = Numbers([2], moments.variance.map { 0.9 + 0.1 * $0 * 12 / 11 })
    #expect(mismatch(statistics.mean, mean, absolute: 1e-6) == nil)
    #expect(mismatch(statistics.variance, variance, absolute: 1e-6) == nil)
    run(.evaluation)
    #expect(mismatch(statistics.mean, mean, absolute: 1e-6) == nil)
  }
}
