import Kernels
import Testing

/// The border as sorting gives it.
private struct SortedBorder: Equatable {
  let largestPruned: UInt32
  let smallestKept: UInt32
  let ties: Int
  let tiesKept: Int

  init(_ border: MagnitudeBorder) {
    largestPruned = border.largestPruned.bitPattern
    smallestKept = border.smallestKept.bitPattern
    ties = border.ties
    tiesKept = border.tiesKept
  }

  init(sorted magnitudes: [Float], pruned: Int) {
    let border = magnitudes[pruned - 1]
    largestPruned = border.bitPattern
    smallestKept = magnitudes[pruned].bitPattern
    ties = magnitudes.count { $0 == border }
    tiesKept = magnitudes[pruned...].count { $0 == border }
  }
}

/// Numbers of a bell-like distribution, the same at every run.
private func weights(_ count: Int, seed: UInt64, scale: Float = 0.05) -> [Float] {
  let stream = Seed(seed).stream("border")
  return (0..<count).map { index in
    let sum = (0..<4).reduce(0.0) { $0 + stream.uniform(at: 4 * index + $1) - 0.5 }
    return Float(sum) * scale
  }
}

private func magnitudes(_ values: [Float]) -> [Float] { values.map { abs($0) }.sorted() }

/// Counts of pruned elements at both ends of what is allowed, and some between.
private func prunedCounts(of count: Int) -> [Int] {
  Set([1, 2, count / 3, count * 7 / 8, count - 2, count - 1]).filter { $0 > 0 && $0 < count }.sorted()
}

@Suite struct MagnitudeBorderTests {
  /// Sizes around those from which a guess counts, a sample is drawn, and a second and a third chunk begin.
  static let edges = [511, 512, 513, 4095, 4096, 4097, 65_535, 65_536, 65_537, 131_079]

  @Test(arguments: Array(2...70) + edges)
  func everySizeAgreesWithSortingWhateverTheGuess(count: Int) {
    let values = weights(count, seed: UInt64(count))
    let tensor = Tensor(values, shape: [count])
    let sorted = magnitudes(values)
    for pruned in prunedCounts(of: count) {
      let expected = SortedBorder(sorted: sorted, pruned: pruned)
      #expect(SortedBorder(MagnitudeBorder(of: tensor, pruned: pruned)) == expected)
      let border = sorted[pruned]
      for guess in [border, border * 1.001, border * 0.999, border * 1.003, border * 0.9, 0, -1, .infinity, .nan] {
        #expect(SortedBorder(MagnitudeBorder(of: tensor, pruned: pruned, near: guess)) == expected)
      }
    }
  }

  /// Small steps, a large one now and then, and a share that grows, as a training run has them.
  @Test(arguments: [600, 2000, 5000])
  func thousandsOfDriftsFollowedByGuessesAgreeWithSorting(count: Int) {
    var values = weights(count, seed: 3)
    let stream = Seed(5).stream("drift")
    var guess: Float?
    var wrong = 0
    for step in 0..<1000 {
      let scale: Float = step % 50 == 49 ? 0.01 : 1e-4
      let shift = stream.integer(below: count, at: step)
      let decay: Float = step % 200 == 199 ? 0.5 : 0.9999
      for index in values.indices { values[index] = values[index] * decay + scale * values[(index + shift) % count] }
      let pruned = max(1, count * (1 + step / 20) / 60)
      let border = MagnitudeBorder(of: Tensor(values, shape: [count]), pruned: pruned, near: guess)
      wrong += SortedBorder(border) == SortedBorder(sorted: magnitudes(values), pruned: pruned) ? 0 : 1
      guess = (border.largestPruned + border.smallestKept) / 2
    }
    #expect(wrong == 0)
  }

  @Test(arguments: [9, 600, 5000, 70_001], [1, 2, 40])
  func tiesAreCountedWhateverTheGuess(count: Int, distinct: Int) {
    let stream = Seed(8).stream("ties")
    let values = (0..<count).map { Float(stream.integer(below: distinct, at: $0)) * ($0 % 2 == 0 ? 1 : -1) }
    let tensor = Tensor(values, shape: [count])
    let sorted = magnitudes(values)
    for pruned in prunedCounts(of: count) {
      let expected = SortedBorder(sorted: sorted, pruned: pruned)
      for guess in [nil, sorted[pruned], 0.5, .leastNormalMagnitude] as [Float?] {
        let border = MagnitudeBorder(of: tensor, pruned: pruned, near: guess)
        #expect(SortedBorder(border) == expected)
        let (below, equal) = MagnitudeSelection.counts(of: tensor, around: border.largestPruned)
        #expect(border.pruned == pruned && equal == border.ties && below + equal - border.tiesKept == pruned)
      }
    }
  }

  @Test func numbersNearAndAtZeroAreToldApart() {
    let zeros = [Float](repeating: 0, count: 1500) + [Float](repeating: -0.0, count: 1500)
    let tensor = Tensor(zeros + (1...3000).map { Float(bitPattern: $0) }, shape: [6000])
    let cases: [(pruned: Int, largest: UInt32, smallest: UInt32)] = [
      (2999, 0, 0), (3000, 0, 1), (3001, 1, 2), (5999, 2999, 3000),
    ]
    for (pruned, largest, smallest) in cases {
      for guess in [nil, 0, .leastNonzeroMagnitude, Float(bitPattern: 2000), .leastNormalMagnitude, 1] as [Float?] {
        let border = MagnitudeBorder(of: tensor, pruned: pruned, near: guess)
        #expect(border.largestPruned.bitPattern == largest && border.smallestKept.bitPattern == smallest)
        #expect(border.ties == (largest == 0 ? 3000 : 1))
      }
    }
  }

  /// The sample is made of runs of 16 at every 72nd element here, and the small magnitudes lie between them.
  @Test func aMisleadingSampleChangesNothing() {
    let sampled = Set((0..<70).flatMap { run in (0..<16).map { run * (5000 - 16) / 69 + $0 } })
    for smallIsSampled in [false, true] {
      let values = weights(5000, seed: 2).enumerated().map { sampled.contains($0) == smallIsSampled ? $1 : 10 + $1 }
      let sorted = magnitudes(values)
      for pruned in [900, 2500, 4100] {
        let border = MagnitudeBorder(of: Tensor(values, shape: [5000]), pruned: pruned)
        #expect(SortedBorder(border) == SortedBorder(sorted: sorted, pruned: pruned))
      }
    }
  }

  @Test(arguments: [false, true])
  func oneAndTwoThreadsFindTheSame(isGuessed: Bool) {
    let count = 150_003
    let tensor = Tensor(weights(count, seed: 6), shape: [count])
    let guess = isGuessed ? MagnitudeBorder(of: tensor, pruned: 120_000).largestPruned : nil
    let size = ThreadPool.size
    defer { ThreadPool.setSize(size) }
    let borders = [1, 2].map { threads in
      ThreadPool.setSize(threads)
      return MagnitudeBorder(of: tensor, pruned: 120_000, near: guess)
    }
    #expect(borders[0] == borders[1])
    let sorted = magnitudes(tensor.elements)
    #expect(SortedBorder(borders[0]) == SortedBorder(sorted: sorted, pruned: 120_000))
  }
}
