import Kernels
import Testing

@testable import Deployment

/// What is counted of a batch, by hand.
@Suite struct TestSetTests {
  @Test func countsRightAndOtherwiseClassifiedExamples() {
    var count = TestSet.Count()
    let plan = Tensor([0.1, 0.9, 2, -2, 1, 1, 3, 4], shape: [4, 2])
    let engine = Tensor([0.2, 0.8, 2, -2, 0, 1, 4, 3], shape: [4, 2])
    count.add(plan: plan, engine: engine, labels: [1, 1, 0, 1])
    // Of equal scores the first counts.
    #expect(count.examples == 4 && count.correct == 3 && count.others == 2)
    count.add(plan: plan, engine: plan, labels: [0, 0, 0, 0])
    #expect(count.examples == 8 && count.correct == 5 && count.others == 2)
  }
}
