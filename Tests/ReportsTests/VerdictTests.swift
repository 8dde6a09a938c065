import Planning
import Pruning
import RunStore
import Testing

@testable import Reports

@Suite struct VerdictTests {
  private func claim(_ values: [Double], margin: Double = 0, hasEnded: Bool = true) -> ClaimVerdict {
    ClaimVerdict(PairedDifference(sample: Sample(values), planned: 3, hasEnded: hasEnded), margin: margin)
  }

  @Test func claimIsJudgedByTheWholeInterval() {
    #expect(claim([0.03, 0.031, 0.029]) == .holds)
    #expect(claim([-0.03, -0.031, -0.029]) == .doesNotHold)
    #expect(claim([0.03, -0.01, 0.01]) == .inconclusive)
    #expect(claim([0.03, 0.031, 0.029], margin: 0.05) == .doesNotHold)
    #expect(claim([0.03, 0.031, 0.029], margin: 0.03) == .inconclusive)
  }

  @Test func claimNeedsTwoPairs() {
    #expect(claim([], hasEnded: false) == .notRun)
    #expect(claim([]) == .inconclusive)
    #expect(claim([0.5]) == .inconclusive)
    #expect(claim([0.5, 0.50001]) == .holds)
    #expect(claim([0.5, 0.4]) == .inconclusive)
  }

  @Test func equalArmsDoNotBeatEachOther() {
    #expect(claim([0, 0, 0]) == .doesNotHold)
    #expect(claim([0.02, 0.02, 0.02], margin: 0.02) == .doesNotHold)
  }

  private func row(
    _ values: [Double], planned: Int = 2, started: Int = 2, published: Double? = 0.682, isComparable: Bool = true
  ) -> RowVerdict {
    RowVerdict(
      Sample(values), planned: planned, started: started, published: published, isComparable: isComparable
    )
  }

  @Test func rowIsScoredByItsIntervalAgainstTheTolerance() {
    #expect(row([0.682, 0.6821]) == .reproduced)
    #expect(row([0.65, 0.6501]) == .differs)
    #expect(row([0.692, 0.6921]) == .inconclusive)
    #expect(row([0.60, 0.70]) == .inconclusive)
    #expect(row([0.682], planned: 1, started: 1) == .inconclusive)
  }

  @Test func rowWithoutAllRunsOrWithoutComparisonIsNotScored() {
    #expect(row([], started: 0) == .notRun)
    #expect(row([]) == .partial(finished: 0, planned: 2))
    #expect(row([0.682]) == .partial(finished: 1, planned: 2))
    #expect(row([0.682, 0.6821], isComparable: false) == .notComparable)
    #expect(row([0.682, 0.6821], published: nil) == .unscored)
    #expect(RowVerdict.partial(finished: 1, planned: 2).description == "partial 1/2")
  }

  private func study(numerics: [String: Int]) -> ReportData {
    SyntheticStudy(
      arms: [
        .init(name: "pdp", method: .pdp(temperature: .absolute(1e-4)), sparsity: 0.9, top1: [0.5, 0.6, 0.8]),
        .init(name: "gmp", method: .gmp(storage: .shadow), sparsity: 0.9, top1: [0.4, nil, 0.75], otherwise: .failed),
      ],
      numerics: numerics
    ).data
  }

  @Test func differencesArePairedByReplicate() {
    let data = study(numerics: [:])
    let arms = data.plan.arms.map { ArmSummary(of: $0, in: data) }
    let difference = PairedDifference(of: arms[0], minus: arms[1], on: "top1")
    #expect(difference.sample.values == [0.5 - 0.4, 0.8 - 0.75])
    #expect(difference.planned == 3)
    #expect(difference.hasEnded)
  }

  @Test func numericsVersionsNeverShareAMeanOrAPair() {
    let data = study(numerics: ["pdp-r2": 2])
    let arms = data.plan.arms.map { ArmSummary(of: $0, in: data) }
    #expect(arms[0].numerics == 2)
    #expect(arms[0].sample("top1").values == [0.8])
    #expect(arms[0].leftOut.map(\.evidence.id) == ["pdp-r0", "pdp-r1"])
    #expect(PairedDifference(of: arms[0], minus: arms[1], on: "top1").sample.count == 0)
  }

  @Test func publishedNumbersCompareOnlyWithTheSameNetworkDataAndScale() {
    let published = Plan.Published(
      model: "MobileNet-v1", dataset: "ImageNet-1k", method: "pdp", structure: "unstructured", sparsity: 0.9,
      value: 68.2, source: "a paper", note: ""
    )
    var study = SyntheticStudy(
      profile: .paper,
      arms: [.init(name: "pdp", method: .pdp(temperature: .absolute(1e-4)), sparsity: 0.9, top1: [0.5])],
      elements: [.published(published)], dataset: "imagenet", width: 1
    )
    func comparison() -> Comparison { Comparison(of: study.plan.arms[0], in: study.data) }
    #expect(comparison().published == [published])
    #expect(comparison().comparable == [published])
    study.profile = .bench
    #expect(comparison().comparable.isEmpty)
    study.profile = .paper
    study.width = 0.5
    #expect(comparison().comparable.isEmpty)
    study.width = 1
    study.dataset = "cifar10-10k"
    #expect(comparison().comparable.isEmpty)
    #expect(comparison().published == [published])
    study.arms[0].sparsity = 0.8
    #expect(comparison().published.isEmpty)
  }
}
