import Testing

@testable import Reports

@Suite struct StudentTTests {
  /// Table of percentage points of the t distribution: Abramowitz and Stegun 1964, table 26.10.
  @Test(arguments: [
    (0.975, 1, 12.706), (0.975, 2, 4.303), (0.975, 3, 3.182), (0.975, 4, 2.776), (0.975, 9, 2.262),
    (0.975, 29, 2.045), (0.975, 120, 1.980), (0.95, 1, 6.314), (0.95, 4, 2.132), (0.995, 2, 9.925),
    (0.9995, 1, 636.619),
  ])
  func quantileEqualsThePublishedTable(probability: Double, degrees: Int, value: Double) {
    #expect(abs(StudentT.quantile(probability, degrees: degrees) - value) < 0.00051)
  }
}
