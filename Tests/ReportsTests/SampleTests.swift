import Testing

@testable import Reports

@Suite struct SampleTests {
  @Test func emptySampleHasNothingToSay() {
    let sample = Sample([])
    #expect(sample.mean == nil)
    #expect(sample.standardDeviation == nil)
    #expect(sample.interval == nil)
    #expect(sample.median == nil)
  }

  @Test func singleValueHasAMeanAndNoSpread() {
    let sample = Sample([0.7])
    #expect(sample.mean == 0.7)
    #expect(sample.standardDeviation == nil)
    #expect(sample.interval == nil)
    #expect(sample.median == 0.7)
  }

  /// Two values a and b: the interval reaches 12.706 |b - a| / 2 from the mean.
  @Test func intervalOfTwoValuesUsesOneDegreeOfFreedom() throws {
    let interval = try #require(Sample([1, 3]).interval)
    #expect(abs(interval.lowerBound - (2 - 12.7062)) < 1e-4)
    #expect(abs(interval.upperBound - (2 + 12.7062)) < 1e-4)
  }

  /// Mean 5, squares 9+1+1+1+0+0+4+16 = 32, variance 32/7; t with 7 degrees at 0.975 is 2.36462.
  @Test func statisticsOfEightValuesEqualTheHandCalculation() throws {
    let sample = Sample([2, 4, 4, 4, 5, 5, 7, 9])
    #expect(sample.mean == 5)
    let deviation = try #require(sample.standardDeviation)
    #expect(abs(deviation * deviation - 32.0 / 7) < 1e-12)
    let interval = try #require(sample.interval)
    #expect(abs(interval.upperBound - (5 + 2.36462 * (32.0 / 56).squareRoot())) < 1e-5)
    #expect(sample.median == 4.5)
    #expect(sample.quantile(0.25) == 4)
  }
}
