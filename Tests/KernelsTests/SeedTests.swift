import Foundation
import Kernels
import Testing

@Suite struct SeedTests {
  /// Every initial weight, order and augmentation follows from these, so a change that moves one raises the numerics
  /// version.
  ///
  /// They come from a second implementation of the same formulas, in Python.
  @Test func pinnedValuesHold() {
    let stream = Seed(1).stream("order/epoch/3")
    #expect(
      (0..<3).map { stream.bits(at: $0) } == [0xA1CF_C7F7_F033_9801, 0xB5C6_09B6_84B0_967E, 0xA576_BE5C_7797_F315])
    #expect(stream.bits(at: -1) == 0xFD51_74F2_8DE4_4F76)
    #expect((0..<2).map { stream.uniform(at: $0) } == [0.6320767383878788, 0.7100530691720357])
    #expect((0..<8).map { stream.integer(below: 7, at: $0) } == [4, 4, 4, 1, 5, 6, 3, 6])
    #expect(stream.permutation(of: 10) == [8, 2, 1, 9, 4, 5, 3, 7, 6, 0])
    #expect(Seed(1).derived("replicate/2").value == 0xDFB6_B497_DA9E_5A09)
  }

  /// Published values of the two functions underneath.
  @Test func hashAndFinaliserAgreeWithTheirPublishedValues() {
    #expect(fnv1a("") == 0xCBF2_9CE4_8422_2325)
    #expect(fnv1a("a") == 0xAF63_DC4C_8601_EC8C)
    #expect(fnv1a("foobar") == 0x8594_4171_F739_67E8)
    #expect(mix(1_234_567 &+ 0x9E37_79B9_7F4A_7C15) == 6_457_827_717_110_365_317)
    #expect(mix(0) == 0)
  }

  @Test(arguments: [0, 1, 2, 7, 8, 9, 1000])
  func permutationsHoldEveryIndexOnce(count: Int) {
    for name in ["a", "b", "c"] {
      #expect(Seed(5).stream(name).permutation(of: count).sorted() == Array(0..<count))
    }
  }

  /// Four standard deviations either side of 1000 in each cell.
  @Test func everyPlaceOfAPermutationIsEquallyLikely() {
    var hits = [[Int]](repeating: [0, 0, 0, 0], count: 4)
    for round in 0..<4000 {
      let order = Seed(9).stream("round \(round)").permutation(of: 4)
      for place in 0..<4 { hits[place][order[place]] += 1 }
    }
    #expect(hits.allSatisfy { $0.allSatisfy { (890...1110).contains($0) } }, "\(hits)")
  }

  @Test func streamsOfOtherNamesSeedsAndIndicesDiffer() {
    var seen: Set<UInt64> = []
    let seeds = [Seed(0), Seed(1), Seed(.max), Seed(1).derived("a"), Seed(1).derived("b"), Seed(2).derived("a")]
    for seed in seeds {
      for name in ["", "a", "b", "ab", "ba", "order/epoch/1", "order/epoch/2"] {
        for index in 0..<50 { seen.insert(seed.stream(name).bits(at: index)) }
      }
    }
    #expect(seen.count == 6 * 7 * 50)
  }

  @Test func sameNameSeedAndIndexAgreeInAnyOrder() {
    let forward = (0..<20).map { Seed(3).stream("x").bits(at: $0) }
    let backward = (0..<20).reversed().map { Seed(3).stream("x").bits(at: $0) }
    #expect(forward == backward.reversed())
  }

  /// Mean 1/2 and variance 1/12 within five standard errors of each.
  @Test func uniformNumbersFillTheUnitInterval() {
    let stream = Seed(4).stream("uniform")
    let numbers = (0..<20_000).map { stream.uniform(at: $0) }
    #expect(numbers.allSatisfy { (0..<1).contains($0) })
    let mean = numbers.reduce(0, +) / 20_000
    #expect(abs(mean - 0.5) < 5 * (1.0 / 12 / 20_000).squareRoot())
    let variance = numbers.reduce(0) { $0 + ($1 - 0.5) * ($1 - 0.5) } / 20_000
    #expect(abs(variance - 1.0 / 12) < 5 * (1.0 / 180 / 20_000).squareRoot())
  }

  @Test(arguments: [1, 2, 7, 1 << 40, .max])
  func integersStayBelowTheirBound(bound: Int) {
    let stream = Seed(4).stream("integer")
    #expect((0..<200).allSatisfy { (0..<bound).contains(stream.integer(below: bound, at: $0)) })
    if bound <= 7 { #expect(Set((0..<200).map { stream.integer(below: bound, at: $0) }).count == bound) }
  }

  @Test func seedsAreEncodedWhole() throws {
    let seed = Seed(.max)
    #expect(try JSONDecoder().decode(Seed.self, from: JSONEncoder().encode(seed)) == seed)
  }

  @Test func aBoundOfNothingIsAProgrammingError() async {
    await #expect(processExitsWith: .failure) { _ = Seed(1).stream("x").integer(below: 0, at: 0) }
  }
}
