import Kernels
import TestSupport
import Testing

/// The comparison that every other numerical test rests on.
@Suite struct ComparisonTests {
  private func fault(_ got: [Double], _ expected: [Double], _ tolerance: Tolerance, shape: Shape) -> String? {
    difference(PlainTensor<Double>(got, shape: shape), PlainTensor<Double>(expected, shape: shape), tolerance)
  }

  @Test func theElementThatMissesByMostIsNamed() {
    let tolerance = Tolerance(absolute: 0.5, relative: 0)
    #expect(
      fault([0, 0, 0, 2, 4, 0], [0, 1, 0, 0, 0, 0], tolerance, shape: [2, 3])
        == "element [1, 1] is 4.0, expected 0.0 within 0.5")
  }

  @Test func bothTolerancesCount() {
    #expect(fault([10.9], [10], Tolerance(absolute: 0, relative: 0.1), shape: [1]) == nil)
    #expect(fault([11.1], [10], Tolerance(absolute: 0, relative: 0.1), shape: [1]) != nil)
    #expect(fault([11.1], [10], Tolerance(absolute: 0.2, relative: 0.1), shape: [1]) == nil)
  }

  @Test func shapesAreComparedBeforeElements() {
    let (row, column) = (PlainTensor<Double>([1, 2], shape: [1, 2]), PlainTensor<Double>([1, 2], shape: [2, 1]))
    #expect(difference(row, column, .single) == "shape [1, 2], expected [2, 1]")
    let empty = PlainTensor<Double>([], shape: [0])
    #expect(difference(empty, row, .single) == "shape [0], expected [1, 2]")
    #expect(difference(row, empty, .single) == "shape [1, 2], expected [0]")
  }

  @Test func notANumberAndInfinityAreCloseToThemselvesOnly() {
    #expect(fault([.nan, .infinity], [.nan, .infinity], .exact, shape: [2]) == nil)
    let loose = Tolerance(absolute: 1, relative: 1)
    #expect(fault([.nan], [0], loose, shape: [1]) == "element [0] is nan, expected 0.0 within 1.0")
    #expect(fault([0], [.nan], loose, shape: [1]) == "element [0] is 0.0, expected nan within 0.0")
    #expect(fault([0], [.infinity], loose, shape: [1]) == "element [0] is 0.0, expected inf within 0.0")
    #expect(fault([-.infinity], [.infinity], loose, shape: [1]) == "element [0] is -inf, expected inf within 0.0")
  }

  @Test func aDifferenceFailsTheTestAtTheCaller() {
    let line = #line + 2
    withKnownIssue {
      expectClose(Tensor([1, 2], shape: [2]), PlainTensor<Float>([1, 3], shape: [2]), .exact, "sum")
    } matching: { issue in
      issue.sourceLocation?.line == line
        && issue.comments.map(\.rawValue) == ["sum: element [1] is 2.0, expected 3.0 within 0.0"]
    }
  }

  @Test func centralDifferencesOfACubicAreExactToSecondOrder() {
    let point = PlainTensor<Double>([-1, 0, 2], shape: [3])
    let gradient = centralDifferences(at: point, step: 1e-4) { x in x.elements.reduce(0) { $0 + $1 * $1 * $1 } }
    #expect(
      difference(gradient, PlainTensor<Double>([3, 0, 12], shape: [3]), Tolerance(absolute: 2e-8, relative: 1e-8))
        == nil)
  }
}
