import Foundation
import Testing

@testable import Reports

@Suite struct StudentTTests {
  /// Percentage points of the t distribution: Abramowitz and Stegun 1964, table 26.10.
  @Test(arguments: [
    (0.975, 1, 12.706), (0.975, 2, 4.303), (0.975, 3, 3.182), (0.975, 4, 2.776), (0.975, 9, 2.262),
    (0.975, 29, 2.045), (0.975, 120, 1.980), (0.95, 1, 6.314), (0.95, 4, 2.132), (0.995, 2, 9.925),
    (0.9995, 1, 636.619),
  ])
  func quantileEqualsThePublishedTable(probability: Double, degrees: Int, value: Double) {
    #expect(abs(StudentT.quantile(probability, degrees: degrees) - value) < 0.00051)
  }

  /// With one and two degrees of freedom the distribution function is elementary: 1/2 + atan(t) / pi, and
  /// 1/2 + t / (2 sqrt(2 + t^2)).
  @Test(arguments: [-30.0, -2, -0.5, 0, 1e-3, 1, 4.3, 50])
  func probabilityEqualsTheClosedForms(t: Double) {
    #expect(abs(StudentT.probability(below: t, degrees: 2) - (0.5 + t / (2 * (2 + t * t).squareRoot()))) < 1e-13)
    #expect(abs(StudentT.probability(below: t, degrees: 1) - (0.5 + atan(t) / .pi)) < 1e-13)
  }

  @Test func quantilesOfOppositeTailsMirrorEachOther() {
    #expect(abs(StudentT.quantile(0.025, degrees: 5) + StudentT.quantile(0.975, degrees: 5)) < 1e-12)
    #expect(StudentT.quantile(0.5, degrees: 5) == 0)
  }

  @Test func noDegreesOfFreedomStop() async {
    await #expect(processExitsWith: .failure) {
      _ = StudentT.probability(below: 1, degrees: 0)
    }
  }
}
