import Kernels
import Pruning
import TestSupport
import Testing

@Suite struct PatternTests {
  static let weights: [Float] = [0.5, -0.1, 0.3, -0.8, 0.05, 0.2, -0.4, 0.9]
  static var weight: Tensor { Tensor(weights, shape: [1, 8]) }

  private static func kept(_ mask: KeepMask) -> [Int] { (0..<mask.count).filter { mask[$0] } }

  // MARK: Groups

  @Test(arguments: [
    (2, 4, [0, 3, 6, 7]), (1, 4, [3, 7]), (4, 4, [0, 1, 2, 3, 4, 5, 6, 7]), (1, 1, [0, 1, 2, 3, 4, 5, 6, 7]),
    (1, 8, [7]), (3, 8, [0, 3, 7]), (1, 2, [0, 3, 5, 7]),
  ])
  func theLargestOfEachGroupAreKept(keeping: Int, size: Int, kept: [Int]) {
    #expect(Self.kept(GroupBorders(keeping: keeping, of: size).mask(of: Self.weight)) == kept)
  }

  @Test func tiesFallToTheLowerIndex() {
    let equal = Tensor([1, -1, 1, -1, 0, 0, 0, 0], shape: [1, 8])
    #expect(Self.kept(GroupBorders(keeping: 2, of: 4).mask(of: equal)) == [0, 1, 4, 5])
    #expect(Self.kept(GroupBorders(keeping: 1, of: 4).mask(of: equal)) == [0, 4])
    let later = Tensor([0.5, -2, 2, 0.5], shape: [1, 4])
    #expect(Self.kept(GroupBorders(keeping: 1, of: 4).mask(of: later)) == [1])
    #expect(Self.kept(GroupBorders(keeping: 3, of: 4).mask(of: later)) == [0, 1, 2])
  }

  /// Groups run along the input channels, at each output channel and kernel position by themselves.
  @Test func filtersAreGroupedAlongTheirInputChannels() {
    let shape: Shape = [2, 8, 2, 3]
    let weight = Tensor.shuffled("weight", shape)
    let mask = GroupBorders(keeping: 2, of: 4).mask(of: weight)
    #expect(mask.count == shape.count && mask.keptCount == shape.count / 2)
    let elements = weight.elements
    for output in 0..<2 {
      for position in 0..<6 {
        for first in [0, 4] {
          let group = (first..<first + 4).map { (output * 8 + $0) * 6 + position }
          let largest = group.sorted { elements[$0] > elements[$1] }.prefix(2)
          #expect(Set(group.filter { mask[$0] }) == Set(largest), "\(output), \(position), \(first)")
        }
      }
    }
  }

  @Test(arguments: [(2, 4), (1, 4), (4, 8), (1, 1), (3, 3)])
  func everyGroupKeepsExactlyAsManyAndAMaskedWeightKeepsThem(keeping: Int, size: Int) {
    let pattern = GroupBorders(keeping: keeping, of: size)
    let weight = Tensor.random("weight", [3, 24, 1, 2])
    let mask = pattern.mask(of: weight)
    #expect(mask.keptCount == weight.count / size * keeping)
    let masked = Tensor(weight.elements.enumerated().map { mask[$0] ? $1 : 0 }, shape: weight.shape)
    #expect(pattern.mask(of: masked) == mask)
  }

  @Test func patternsFitWholeGroupsOfInputChannels() {
    let pattern = GroupBorders(keeping: 2, of: 4)
    #expect(pattern.fits([3, 8]) && pattern.fits([3, 4, 3, 3]) && pattern.fits([0, 4]))
    #expect(!pattern.fits([8, 3]) && !pattern.fits([8, 1, 3, 3]) && !pattern.fits([8]) && !pattern.fits([]))
    #expect(pattern.mask(of: Tensor([], shape: [0, 4])).count == 0)
  }

  @Test func whatDoesNotFitIsAProgrammingError() async {
    await #expect(processExitsWith: .failure, "channels") {
      _ = GroupBorders(keeping: 2, of: 4).mask(of: .random("weight", [4, 6]))
    }
    await #expect(processExitsWith: .failure, "nothing kept") { _ = GroupBorders(keeping: 0, of: 4) }
    await #expect(processExitsWith: .failure, "more than all") { _ = GroupBorders(keeping: 5, of: 4) }
    await #expect(processExitsWith: .failure, "straight-through upstream") {
      let weight = Tensor.random("weight", [1, 4])
      _ = RefinedStraightThrough(weight, pattern: GroupBorders(keeping: 2, of: 4), pull: 0)
        .gradient(upstream: .random("upstream", [4]))
    }
    await #expect(processExitsWith: .failure, "soft threshold's upstream") {
      _ = SoftThreshold(.random("weight", [1, 4]), parameter: 0).gradient(upstream: .random("upstream", [4]))
    }
  }

  // MARK: Straight-through estimator

  @Test func prunedWeightsArePulledTowardsZero() {
    let masked = RefinedStraightThrough(Self.weight, pattern: GroupBorders(keeping: 2, of: 4), pull: 2e-4)
    expectClose(masked.output, Tensor([0.5, 0, 0, -0.8, 0, 0, -0.4, 0.9], shape: [1, 8]), .exact, "output")
    // 1 where kept, else 1 + 2e-4 times the weight.
    expectClose(
      masked.gradient(upstream: Tensor(repeating: 1, shape: [1, 8])),
      PlainTensor<Double>([1, 0.999_98, 1.000_06, 1, 1.000_01, 1.000_04, 1, 1], shape: [1, 8]),
      Tolerance(absolute: 1e-7, relative: 0), "gradient")
  }

  @Test func withoutAPullEveryWeightGetsTheGradientAsItIs() {
    let weight = Tensor.random("weight", [3, 8, 3, 3])
    let upstream = Tensor.random("upstream", weight.shape)
    let masked = RefinedStraightThrough(weight, pattern: GroupBorders(keeping: 1, of: 4), pull: 0)
    expectClose(masked.gradient(upstream: upstream), upstream, .exact)
    #expect(masked.output.elements.count { $0 == 0 } == weight.count / 4 * 3)
  }

  // MARK: Soft threshold

  /// A threshold of 0.25: the sigmoid of the logarithm of a third.
  @Test func theSoftThresholdsKnownAnswer() {
    let soft = SoftThreshold(Self.weight, parameter: -1.098_612_3)
    expectClose(
      soft.output, PlainTensor<Double>([0.25, 0, 0.05, -0.55, 0, 0, -0.15, 0.65], shape: [1, 8]),
      Tolerance(absolute: 1e-7, relative: 0), "output")
    let gradient = soft.gradient(upstream: Tensor([1, 1, -1, 1, 1, -1, 1, 1], shape: [1, 8]))
    expectClose(gradient.weight, Tensor([1, 0, -1, 1, 0, 0, 1, 1], shape: [1, 8]), .exact, "weight gradient")
    #expect(abs(gradient.parameter - 0.1875) < 1e-7)
  }

  @Test func gradientsOfTheSoftThresholdAreThoseOfItsValues() {
    let weight = Tensor.random("weight", [4, 9])
    let upstream = Tensor.random("upstream", [4, 9])
    let (w, u) = (PlainTensor<Double>(weight), PlainTensor<Double>(upstream))
    func value(_ w: PlainTensor<Double>, _ parameter: Double) -> Double {
      let threshold = 1 / (1 + Double.exponential(-parameter))
      return u.dot(w.map { $0.magnitude > threshold ? $0 - ($0 < 0 ? -threshold : threshold) : 0 })
    }
    let gradient = SoftThreshold(weight, parameter: -0.3).gradient(upstream: upstream)
    let tolerance = Tolerance(absolute: 1e-6, relative: 1e-6)
    expectClose(gradient.weight, centralDifferences(at: w) { value($0, -0.3) }, tolerance, "weight")
    #expect(gradient.weight.elements.contains(0) && gradient.weight.elements.contains { $0 != 0 })
    let slope = (value(w, -0.3 + 1e-6) - value(w, -0.3 - 1e-6)) / 2e-6
    #expect(abs(gradient.parameter - slope) < 1e-5)
    #expect(abs(slope) > 1e-2)
  }

  /// Far below zero the parameter leaves every weight as it is.
  @Test func aThresholdOfNothingLeavesEverything() {
    let weight = Tensor.random("weight", [3, 7])
    let soft = SoftThreshold(weight, parameter: -100)
    expectClose(soft.output, weight, .exact)
    expectClose(soft.gradient(upstream: weight).weight, weight, .exact)
    #expect(abs(soft.gradient(upstream: weight).parameter) < 1e-30)
  }
}
