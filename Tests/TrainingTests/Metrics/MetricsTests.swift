import Testing

@testable import Training

/// Expected numbers are NumPy's, from the definitions; the case `metrics.json` holds scikit-learn's and scipy's.
@Suite struct MetricsTests {
  private func metrics(_ predictions: [Int], _ labels: [Int]) -> ClassificationMetrics {
    ClassificationMetrics(predictions: predictions, labels: labels)
  }

  @Test func mixedPredictionsHaveTheReferenceValues() {
    let mixed = metrics([1, 1, 1, 0, 0, 0, 1, 0], [1, 1, 0, 0, 0, 1, 1, 1])
    #expect(mixed.accuracy == 0.625)
    #expect(abs(mixed.f1 - 2 / 3) < 1e-15)
    #expect(abs(mixed.matthews - 0.2581988897471611) < 1e-15)
  }

  @Test func allRightIsOneAndAllWrongMinusOne() {
    let right = metrics([0, 1, 1, 0], [0, 1, 1, 0])
    #expect([right.accuracy, right.f1, right.matthews] == [1, 1, 1])
    let wrong = metrics([1, 0, 0, 1], [0, 1, 1, 0])
    #expect([wrong.accuracy, wrong.f1, wrong.matthews] == [0, 0, -1])
  }

  @Test(arguments: [([0, 0, 0, 0], [0, 1, 0, 1]), ([0, 1, 0, 1], [0, 0, 0, 0]), ([0, 0, 0, 0], [0, 0, 0, 0])])
  func constantsHaveNoF1AndNoMatthews(predictions: [Int], labels: [Int]) {
    let constant = metrics(predictions, labels)
    #expect(constant.f1 == 0)
    #expect(constant.matthews == 0)
  }

  @Test func f1CountsClassOneAlone() {
    // Of class 1: one found, one missed, none wrong; classes 0 and 2 confused.
    #expect(abs(metrics([0, 2, 1, 0, 2], [2, 0, 1, 1, 2]).f1 - 2 / 3) < 1e-15)
  }

  @Test func matthewsOfThreeClassesHasTheReferenceValue() {
    #expect(abs(metrics([0, 1, 2, 2, 1, 0], [0, 1, 2, 1, 1, 2]).matthews - 0.5222329678670935) < 1e-15)
  }

  @Test func correlationsHaveTheReferenceValues() {
    let metrics = CorrelationMetrics(scores: [1, 2, 2, 4, 7], targets: [0.5, 3, 1, 1, 9])
    #expect(abs(metrics.pearson - 0.8601490359336652) < 1e-14)
    #expect(abs(metrics.spearman - 0.7631578947368421) < 1e-14)
  }

  @Test func equalValuesShareTheirAverageRank() {
    #expect(CorrelationMetrics.ranks([3, 1, 3, 2, 3]) == [4, 1, 4, 2, 4])
    #expect(CorrelationMetrics.ranks([5, 5]) == [1.5, 1.5])
    #expect(CorrelationMetrics.ranks([]) == [])
  }

  @Test func monotoneScoresHaveSpearmanOne() {
    #expect(abs(CorrelationMetrics(scores: [1, 10, 100, 1000], targets: [1, 2, 3, 4]).spearman - 1) < 1e-15)
    #expect(abs(CorrelationMetrics(scores: [1, 10, 100, 1000], targets: [4, 3, 2, 1]).spearman + 1) < 1e-15)
  }

  @Test(arguments: [([0.1, 0.1, 0.1], [1.0, 2, 3]), ([1.0, 2, 3], [0.1, 0.1, 0.1]), ([7.0], [7.0])])
  func constantsHaveNoCorrelation(scores: [Double], targets: [Double]) {
    let metrics = CorrelationMetrics(scores: scores, targets: targets)
    #expect([metrics.pearson, metrics.spearman] == [0, 0])
  }

  @Test(arguments: [1e-300, 1e300])
  func correlationDoesNotDependOnTheScale(scale: Double) {
    let metrics = CorrelationMetrics(scores: [1, 2, 2, 4, 7].map { $0 * scale }, targets: [0.5, 3, 1, 1, 9])
    #expect(abs(metrics.pearson - 0.8601490359336652) < 1e-14)
  }

  @Test func scoreThatIsNotANumberShows() {
    for scores in [[1, .nan, 3], [.nan, .nan, .nan]] {
      let metrics = CorrelationMetrics(scores: scores, targets: [1, 2, 3])
      #expect(metrics.pearson.isNaN)
      #expect(metrics.spearman.isNaN)
    }
    #expect(CorrelationMetrics(scores: [1, .infinity, 3], targets: [1, 2, 3]).pearson.isNaN)
  }

  @Test func noExamplesAndUnequalCountsStop() async {
    await #expect(processExitsWith: .failure) { _ = ClassificationMetrics(predictions: [], labels: []) }
    await #expect(processExitsWith: .failure) { _ = ClassificationMetrics(predictions: [1], labels: [1, 0]) }
    await #expect(processExitsWith: .failure) { _ = CorrelationMetrics(scores: [], targets: []) }
    await #expect(processExitsWith: .failure) { _ = CorrelationMetrics(scores: [1], targets: [1, 0]) }
  }
}
