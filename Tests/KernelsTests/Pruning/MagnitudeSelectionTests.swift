import Kernels
import Testing

/// Values of a given kind, the same at every run.
private func values(_ count: Int, distinct: Int, seed: UInt64) -> [Float] {
  let stream = Seed(seed).stream("selection")
  return (0..<count).map { index in
    let magnitude = Float(stream.integer(below: distinct, at: 2 * index)) / 7
    return stream.uniform(at: 2 * index + 1) < 0.5 ? -magnitude : magnitude
  }
}

/// Indices in the order in which they are pruned: by magnitude, of equal ones the highest index first.
private func pruningOrder(_ values: [Float]) -> [Int] {
  values.indices.sorted { left, right in
    let (a, b) = (abs(values[left]), abs(values[right]))
    return a == b ? left > right : a < b
  }
}

@Suite struct MagnitudeSelectionTests {
  @Test(arguments: [2, 7, 8, 9, 63, 64, 65, 1000], [1, 3, 1 << 20])
  func borderAndMaskAgreeWithSorting(count: Int, distinct: Int) throws {
    let values = values(count, distinct: distinct, seed: UInt64(count * distinct))
    let weight = Tensor(values, shape: [count])
    let order = pruningOrder(values)
    let counts = Set([1, 2, count / 3, count / 2, count - 2, count - 1]).filter { $0 > 0 && $0 < count }
    for pruned in counts.sorted() {
      let border = MagnitudeBorder(of: weight, pruned: pruned)
      #expect(border.largestPruned == abs(values[order[pruned - 1]]))
      #expect(border.smallestKept == abs(values[order[pruned]]))
      let mask = KeepMask(keeping: weight, above: border)
      let dropped = values.indices.filter { !mask[$0] }
      #expect(dropped == order.prefix(pruned).sorted())
      #expect(mask.keptCount == count - pruned)
    }
  }

  @Test func equalValuesKeepTheLowestIndices() {
    let weight = Tensor(repeating: -0.25, shape: [10, 13])
    let mask = KeepMask(keeping: weight, above: MagnitudeBorder(of: weight, pruned: 87))
    #expect((0..<130).filter { mask[$0] } == Array(0..<43))
  }

  @Test func magnitudesOfAllSizesAreTold() {
    let values: [Float] = [
      0, -.leastNonzeroMagnitude, .leastNormalMagnitude, -1e-30, 2e-30, -1, (1 as Float).nextUp, 1e30,
      -.greatestFiniteMagnitude, .infinity,
    ]
    let weight = Tensor(values, shape: [values.count])
    for pruned in 1..<values.count {
      let border = MagnitudeBorder(of: weight, pruned: pruned)
      #expect(border.largestPruned == abs(values[pruned - 1]))
      #expect(border.smallestKept == abs(values[pruned]))
    }
  }

  @Test func rankingOverSeveralTensorsAgreesWithSorting() {
    let parts = [0, 1, 7, 8, 9, 1000].map { values($0, distinct: 50, seed: UInt64($0)) }
    let sorted = parts.joined().map { abs($0) }.sorted()
    for rank in [0, 1, 511, 512, sorted.count - 1] {
      var selection = MagnitudeSelection(rank: rank)
      while !selection.isDone {
        for part in parts { selection.add(Tensor(part, shape: [part.count])) }
        selection.narrow()
      }
      #expect(selection.magnitude == sorted[rank])
      #expect(selection.below == sorted.count { $0 < sorted[rank] })
      #expect(selection.equal == sorted.count { $0 == sorted[rank] })
    }
  }

  @Test func countsAroundABoundAgreeWithThePlainLoop() {
    for count in [0, 1, 7, 8, 9, 1000] {
      let values = values(count, distinct: 9, seed: 4)
      let counts = MagnitudeSelection.counts(of: Tensor(values, shape: [count]), around: 3 / 7)
      #expect(counts.below == values.count { abs($0) < 3 / 7 })
      #expect(counts.equal == values.count { abs($0) == 3 / 7 })
    }
  }

  @Test func pruningEverythingIsAProgrammingError() async {
    await #expect(processExitsWith: .failure) {
      _ = MagnitudeBorder(of: Tensor([1, 2], shape: [2]), pruned: 2)
    }
  }

  @Test func aRankBeyondTheElementsIsAProgrammingError() async {
    await #expect(processExitsWith: .failure) {
      var selection = MagnitudeSelection(rank: 2)
      selection.add(Tensor([1, 2], shape: [2]))
      selection.narrow()
    }
  }
}
