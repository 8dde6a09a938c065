import Autodiff
import Glibc
import Kernels
import Pruning
import Testing

/// Numbers that follow from the methods' definitions by hand.
@Suite struct KnownAnswerTests {
  private static var weight: Tensor { Tensor([0.5, -0.1, 0.3, -0.8, 0.05, 0.2, -0.4, 0.9], shape: [1, 8]) }

  private static func target(_ weight: Tensor, _ structure: Structure = .unstructured) -> WeightTarget {
    WeightTarget(PrunableWeight(path: "w", parameter: Parameter(weight, role: .weight)), structure)
  }

  private static func kept(_ mask: KeepMask) -> [Int] { (0..<mask.count).filter { mask[$0] } }

  @Test func magnitudesKeepTheLargest() {
    #expect(Self.kept(Self.target(Self.weight).hardMask(dropping: 4).kept) == [0, 3, 6, 7])
    let pairs = Self.target(Self.weight, .groups(keeping: 2, of: 4))
    #expect(Self.kept(pairs.hardMask(dropping: 4).kept) == [0, 3, 6, 7])
    let singles = Self.target(Self.weight, .groups(keeping: 1, of: 4))
    #expect(Self.kept(singles.hardMask(dropping: 6).kept) == [3, 7])
  }

  @Test func pdpsMaskAndSlope() throws {
    let target = Self.target(Self.weight)
    // The threshold between 0.3 and 0.2 is 0.25.
    target.setEffective(dropping: 3, by: PDP(temperature: .absolute(0.01)))
    let masks = zip(try #require(target.parameter.effective).elements, Self.weight.elements).map { $0 / $1 }
    let expected: [Float] = [1, 0.005_220, 0.939_913, 1, 0.002_473, 0.095_349, 0.999_942, 1]
    #expect(zip(masks, expected).allSatisfy { abs($0 - $1) < 2e-6 })
    target.parameter.gradient = Tensor(repeating: 1, shape: [1, 8])
    target.pullBackSoftMask()
    let slopes = try #require(target.parameter.gradient).elements
    #expect(abs(slopes[2] - 1.956_486) < 1e-5 && abs(slopes[5] - 0.785_413) < 1e-5)
    #expect(abs(slopes[1] - 0.015_606) < 1e-6)
  }

  @Test func srSTEPullsDroppedWeightsOnly() throws {
    let config = PruningConfig.test(.srSTE(pull: 2e-4), .groups(keeping: 2, of: 4), sparsity: 0.5)
    let parameter = Parameter(Self.weight, role: .weight)
    let session = try PruningSession(
      config, weights: [PrunableWeight(path: "w", parameter: parameter)], seed: Seed(1), stepsPerEpoch: 1,
      totalSteps: 10)
    try session.beforeForward(step: 0)
    #expect(parameter.active.elements == [0.5, 0, 0, -0.8, 0, 0, -0.4, 0.9])
    parameter.gradient = Tensor(repeating: 1, shape: [1, 8])
    session.afterBackward()
    let expected: [Float] = [1, 0.999_98, 1.000_06, 1, 1.000_01, 1.000_04, 1, 1]
    #expect(zip(try #require(parameter.gradient).elements, expected).allSatisfy { abs($0 - $1) < 1e-7 })
  }

  // MARK: Schedules

  /// Thousand steps, 100 of warm-up, done at 800: kept shares from 1 to 0.1.
  @Test func movementsKeptShares() {
    let timetable = Timetable(
      PruningSchedule(warmupEpochs: 1, rampEpochs: 7),
      ramp: Movement(scoreRate: 1, isGlobal: false).ramp, stepsPerEpoch: 100, totalSteps: 1000)
    let kept = [99, 100, 101, 450, 700, 799, 800, 999].map { 1 - 0.9 * timetable.share(at: $0) }
    let expected = [1, 1, 0.996_15, 0.2125, 0.102_62, 0.1, 0.1, 0.1]
    #expect(zip(kept, expected).allSatisfy { abs($0 - $1) < 1e-5 })
    #expect(timetable.share(at: 800) == 1 && timetable.share(at: 799) < 1 && timetable.endStep == 800)
    let isGlobal = Timetable(
      PruningSchedule(warmupEpochs: 1, rampEpochs: 7),
      ramp: Movement(scoreRate: 1, isGlobal: true).ramp, stepsPerEpoch: 100, totalSteps: 1000)
    #expect((100..<200).filter { isGlobal.isUpdate($0) } == [100, 125, 150, 175])
  }

  @Test func sharpnessGrowsByTheEpoch() {
    let betas = [0, 1, 42, 84, 85].map { ContinuousSparsification.beta(epoch: $0, epochs: 85, final: 200) }
    #expect(zip(betas, [1, 1.065_11, 14.1421, 200, 200]).allSatisfy { abs($0 - $1) < 1e-4 })
    #expect(ContinuousSparsification.beta(epoch: 0, epochs: 1, final: 200) == 200)
  }

  @Test func rigLsExchangedShare() {
    let shares = [0, 0.25, 0.5, 0.75, 1].map { RiggedLottery.share(0.3, at: $0) }
    #expect(zip(shares, [0.3, 0.256_07, 0.15, 0.043_93, 0]).allSatisfy { abs($0 - $1) < 1e-5 })
  }

  /// The share in the last epoch of a sigmoid ramp, and the whole target where the study's ramp ends.
  @Test(arguments: [(100, 1.0, 1.0), (30, 0.5, 0.9991), (10, 1.0, 0.982), (5, 1.0, 0.818)])
  func optGsLastShares(epochs: Int, steepness: Double, share: Double) {
    func timetable(_ ramp: Double) -> Timetable {
      Timetable(
        PruningSchedule(warmupEpochs: 0, rampEpochs: ramp), ramp: .sigmoid(steepness: steepness), stepsPerEpoch: 4,
        totalSteps: 4 * epochs)
    }
    let late = timetable(Double(epochs) - 0.25)
    #expect(abs(late.share(at: 4 * (epochs - 1)) - share) < 1e-3)
    #expect(late.share(at: 4 * (epochs - 1)) < 1 && late.share(at: 4 * epochs - 1) == 1)
    #expect(late.share(at: 3) == 0)
    let early = timetable(Double(epochs - 2))
    #expect(early.share(at: 4 * (epochs - 2)) == 1 && early.endStep == 4 * (epochs - 2))
    // Masks move on until the end.
    #expect(early.isUpdate(4 * (epochs - 1)))
  }

  @Test func acdcsPhasesOfAHundredEpochs() {
    let timetable = Timetable(
      PruningSchedule(warmupEpochs: 0, rampEpochs: 0), ramp: .alternating, stepsPerEpoch: 10, totalSteps: 1000)
    let updates = (0..<1000).filter { timetable.isUpdate($0) }
    let edges: [Int] = Array(stride(from: 100, through: 750, by: 50)) + [850]
    #expect(updates == edges)
    #expect(edges.map { timetable.share(at: $0) } == edges.map { $0 == 850 || ($0 < 750 && $0 % 100 == 0) ? 1 : 0 })
    #expect(timetable.startStep == 100 && timetable.endStep == 850)
    #expect(timetable.share(at: 99) == 0 && timetable.share(at: 849) == 0 && timetable.share(at: 999) == 1)
  }

  /// Three rounds to 48.8 %: each takes a fifth of what is left.
  @Test func roundsTakeTheSameShareOfWhatIsLeft() {
    let timetable = Timetable(
      PruningSchedule(warmupEpochs: 0, rampEpochs: 0), ramp: .rounds(3, rewindEpochs: 2, sparsity: 0.488),
      stepsPerEpoch: 10, totalSteps: 100 + 3 * 80)
    #expect((0..<340).filter { timetable.isUpdate($0) } == [100, 180, 260])
    let sparsities = [99, 100, 180, 260].map { 0.488 * timetable.share(at: $0) }
    #expect(zip(sparsities, [0, 0.2, 0.36, 0.488]).allSatisfy { abs($0 - $1) < 1e-12 })
    #expect(sparsities[3] == 0.488)
  }

  @Test func graNetsShareFallsOverTheWholeRun() throws {
    let method = GradualRegrowth(initialSparsity: 0.5, share: 0.5, interval: 10, sparsity: 0.9)
    func share(_ step: Int) -> Double? {
      method.exchangedShare(
        at: PruningMoment(
          step: step, stepsPerEpoch: 10, totalSteps: 100, share: 1, sparsity: 0.9, startStep: 5, endStep: 60))
    }
    #expect(share(0) == nil && share(4) == nil && share(10) == nil)
    for step in [5, 95] {
      let cosine: Double = cos(.pi * Double(step) / 100)
      #expect(abs(try #require(share(step)) - (0.2525 + 0.2475 * cosine)) < 1e-12)
    }
    #expect(method.exchangedCount(share: 0.5, active: 11) == 6 && method.exchangedCount(share: 0.1, active: 30) == 3)
    let rigL = RiggedLottery(share: 0.3, interval: 10, until: 1)
    #expect(rigL.exchangedCount(share: 0.29, active: 100) == 29 && rigL.exchangedCount(share: 0.5, active: 11) == 5)
  }

  // MARK: Criteria

  @Test func filtersNearTheMedianAreRedundant() {
    let scores = GeometricMedian.scores([[0, 0], [1, 0], [0, 1], [3, 3]])
    #expect(zip(scores, [6.2426, 6.0198, 6.0198, 11.4537]).allSatisfy { abs($0 - $1) < 1e-4 })
    let mask = KeepMask(keeping: 3, highestOf: Tensor(scores.map { Float($0) }, shape: [4]))
    // Of the two equal ones the first stays; a norm would take the first filter.
    #expect((0..<4).map { mask[$0] } == [true, true, false, true])
  }

  @Test func channelsThatOthersCanDoWithout() {
    let wide = ChannelIndependence.scores([[1, 0, 0], [0, 2, 0], [1, 0, 0]])
    #expect(zip(wide, [0.4142, 2, 0.4142]).allSatisfy { abs($0 - $1) < 1e-4 })
    // More channels than positions: the same by columns.
    let tall = ChannelIndependence.scores([[1, 0], [0, 2], [1, 0], [0, 0]])
    #expect(zip(tall, [0.4142, 2, 0.4142, 0]).allSatisfy { abs($0 - $1) < 1e-4 })
  }

  @Test func ranksOfFeatureMaps() {
    // Ranks 1, 2, 0 and 2.
    let maps: [Float] = [1, 2, 2, 4, 1, 0, 0, 1, 0, 0, 0, 0, 1, 2, 3, 4]
    #expect(FeatureRank.meanRanks(Tensor(maps, shape: [1, 4, 2, 2])) == [1, 2, 0, 2])
    #expect(FeatureRank.meanRanks(Tensor(maps, shape: [2, 2, 2, 2])) == [0.5, 2])
  }

  // MARK: Before training

  /// Two linear maps: R = 9.5.
  private struct TwoMaps: NetworkProbe {
    let first: Parameter
    let second: Parameter

    func gradients(_ settings: ProbeSettings) throws -> [String: Tensor] { [:] }
    func featureMaps(of groups: [ChannelTarget], examples: Int) throws -> [Tensor] { [] }

    func magnitudeFlow() throws -> [String: Tensor] {
      let (w, v) = (first.value.elements.map(abs), second.value.elements.map(abs))
      // dR/dW1[i][j] = V[i], for inputs of 1; dR/dV[i] = sum over j of W1[i][j].
      return [
        "first": Tensor([v[0], v[0], v[1], v[1]], shape: [2, 2]),
        "second": Tensor([w[0] + w[1], w[2] + w[3]], shape: [1, 2]),
      ]
    }
  }

  @Test func flowIsConserved() throws {
    let first = Parameter(Tensor([1, -2, 0.5, 3], shape: [2, 2]), role: .weight)
    let second = Parameter(Tensor([2, -1], shape: [1, 2]), role: .weight)
    let targets = [("first", first), ("second", second)].map {
      WeightTarget(PrunableWeight(path: $0.0, parameter: $0.1), .unstructured)
    }
    let scores = try SynapticFlow(rounds: 100).scores(of: targets, probe: TwoMaps(first: first, second: second))
    #expect(scores.map(\.elements) == [[2, 4, 0.5, 3], [6, 3.5]])
    #expect(scores.allSatisfy { $0.elements.reduce(0, +) == 9.5 })
  }

  /// L = sum of w^4 / 4 + (sum of w)^2 / 2, so that g = w^3 + sum and H g = 3 w^2 g + sum of g.
  private struct Quartic: NetworkProbe {
    let parameters: [Parameter]

    func magnitudeFlow() throws -> [String: Tensor] { [:] }
    func featureMaps(of groups: [ChannelTarget], examples: Int) throws -> [Tensor] { [] }

    func gradients(_ settings: ProbeSettings) throws -> [String: Tensor] {
      #expect(settings.logitTemperature == 200 && settings.half != nil && settings.examples == 50)
      let sum = parameters.reduce(0) { $0 + $1.value.elements.reduce(0, +) }
      return Dictionary(
        uniqueKeysWithValues: parameters.enumerated().map { index, parameter in
          // A third of it in one half.
          let part: Float = settings.half == 0 ? 1 / 3 : 2 / 3
          return (
            "\(index)", Tensor(parameter.value.elements.map { part * ($0 * $0 * $0 + sum) }, shape: parameter.shape)
          )
        })
    }
  }

  @Test func gradientFlowIsWeightsTimesHessianTimesGradient() throws {
    let values: [[Float]] = [[0.5, -1, 0.25, 1.5], [-0.75, 1, 0.1, -0.3]]
    let parameters = values.map { Parameter(Tensor($0, shape: [2, 2]), role: .weight) }
    let targets = parameters.enumerated().map {
      WeightTarget(PrunableWeight(path: "\($0)", parameter: $1), .unstructured)
    }
    let scores = try GradientFlow(examples: 50).scores(of: targets, probe: Quartic(parameters: parameters))
    let all = values.joined().map(Double.init)
    let sum = all.reduce(0, +)
    let gradient = all.map { $0 * $0 * $0 + sum }
    let total = gradient.reduce(0, +)
    let expected = zip(all, gradient).map { $0 * (3 * $0 * $0 * $1 + total) }
    let scale = expected.reduce(0) { max($0, abs($1)) }
    for (score, wanted) in zip(scores.flatMap(\.elements), expected) {
      #expect(abs(Double(score) - wanted) < 2e-3 * scale)
    }
    #expect(parameters.map(\.value.elements) == values)
  }
}
