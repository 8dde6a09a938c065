import Testing

@testable import Inference

@Suite struct MemoryPlanTests {
  @Test func valuesThatAreAliveTogetherLieApart() {
    let values: [MemoryPlan.Lifetime] = [
      .init(count: 100, steps: 0...1), .init(count: 40, steps: 1...2), .init(count: 100, steps: 2...3),
      .init(count: 8, steps: 0...3), .init(count: 300, steps: 3...4), .init(count: 0, steps: 0...4),
    ]
    let plan = MemoryPlan(values)
    for (index, value) in values.enumerated() {
      #expect(plan.offsets[index] % 16 == 0)
      #expect(plan.offsets[index] + value.count <= plan.count)
      for other in values.indices where other != index && values[other].steps.overlaps(value.steps) {
        let (first, second) = (plan.offsets[index], plan.offsets[other])
        #expect(first + value.count <= second || second + values[other].count <= first)
      }
    }
    #expect(plan.count < values.reduce(0) { $0 + $1.count })
  }

  @Test func nothingTakesNoMemory() { #expect(MemoryPlan([]).count == 0) }
}
