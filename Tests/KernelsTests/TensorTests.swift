import Foundation
import Kernels
import Synchronization
import Testing

@Suite struct TensorTests {
  @Test func writingToACopyLeavesTheOriginal() {
    let original = Tensor([1, 2], shape: [2])
    var copy = original
    copy.withMutableElements { $0[0] = 9 }
    #expect(original.elements == [1, 2])
    #expect(copy.elements == [9, 2])
  }

  @Test func reshapingKeepsRowMajorOrder() {
    let tensor = Tensor((0..<6).map(Float.init), shape: [2, 3]).reshaped(to: [3, 2])
    #expect(tensor.shape == [3, 2])
    #expect(tensor.elements == [0, 1, 2, 3, 4, 5])
  }

  @Test func bytesGoThereAndBack() {
    let tensor = Tensor([0, -1.5, .infinity, .leastNonzeroMagnitude], shape: [4])
    #expect(Tensor(littleEndian: tensor.littleEndianBytes, shape: [4]).elements == tensor.elements)
    #expect(Array(tensor.littleEndianBytes.prefix(8)) == [0, 0, 0, 0, 0, 0, 0xC0, 0xBF])
  }

  @Test func aWrongCountStopsTheProgram() async {
    await #expect(processExitsWith: .failure) { _ = Tensor([1, 2, 3], shape: [2]) }
  }
}

@Suite struct ParallelTests {
  @Test(arguments: [0, 1, 5, 64, 1000], [1, 3, 64, 2000])
  func everyIndexIsVisitedOnceInChunksOfTheGrain(count: Int, grain: Int) {
    let ranges = Mutex<[Range<Int>]>([])
    parallel(count, grain: grain) { range in ranges.withLock { $0.append(range) } }
    let sorted = ranges.withLock { $0 }.sorted { $0.lowerBound < $1.lowerBound }
    #expect(sorted.flatMap { Array($0) } == Array(0..<count))
    #expect(sorted.dropLast().allSatisfy { $0.count == grain })
  }
}

@Suite struct RandomStreamTests {
  @Test func permutationsHoldEveryIndexOnce() {
    for count in [0, 1, 2, 100] {
      #expect(Seed(3).stream("order").permutation(of: count).sorted() == Array(0..<count))
    }
  }

  @Test func streamsAndSeedsDiffer() {
    let first = (0..<100).map { Seed(1).stream("a").bits(at: $0) }
    #expect(Set(first).count == 100)
    #expect(first != (0..<100).map { Seed(1).stream("b").bits(at: $0) })
    #expect(first != (0..<100).map { Seed(2).stream("a").bits(at: $0) })
    #expect(first != (0..<100).map { Seed(1).derived("a").stream("a").bits(at: $0) })
  }

  @Test func uniformNumbersFillTheirIntervalEvenly() {
    let stream = Seed(9).stream("uniform")
    var counts = [Int](repeating: 0, count: 10)
    for index in 0..<10_000 {
      let value = stream.uniform(at: index)
      #expect(value >= 0 && value < 1)
      counts[Int(value * 10)] += 1
    }
    // Ten standard deviations of a binomial count are 300.
    #expect(counts.allSatisfy { abs($0 - 1000) < 300 })
  }

  /// The reference generator's first number for seed 0 is this bijection of its increment.
  @Test func theFinaliserIsSplitMix64() {
    #expect(mix(0x9E37_79B9_7F4A_7C15) == 0xE220_A839_7B1D_CDAF)
    #expect(fnv1a("") == 0xCBF2_9CE4_8422_2325)
    #expect(fnv1a("a") == 0xAF63_DC4C_8601_EC8C)
  }
}
