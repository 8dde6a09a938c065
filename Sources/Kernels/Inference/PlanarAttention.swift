/// Scaled dot-product attention of several heads over planes of tokens, as `Attention` in other places.
///
/// A block of queries of one head at a time: its scores, keys by queries, stay in the first cache, and eight queries are
/// shared out together. The factor of the scores is part of the queries.
///
/// - Shapes: planes of `asking` with the queries' features at `query`; planes of `seen` with the keys' at `key` and the
///   values' at `value`, heads * width features each; output planes of `asking` with heads * width features.
/// - Source: Vaswani et al. 2017, arXiv 1706.03762, section 3.2.
package final class PlanarAttention {
  /// First feature of each operand in its planes.
  package struct Places: Sendable {
    let query: Int
    let key: Int
    let value: Int

    package init(query: Int, key: Int, value: Int) { (self.query, self.key, self.value) = (query, key, value) }
  }

  package let outputShape: Shape
  private let asking: TokenLayout
  private let seen: TokenLayout
  private let places: Places
  private let heads: Int
  /// Features of a head.
  private let width: Int
  /// Heads and blocks of queries of every sequence, in ranges with working memory of their own.
  private let ranges: [Range<Int>]
  private let scratch: Storage

  private static let mostRanges = 16

  /// - Precondition: as many sequences that ask as are seen.
  package init(heads: Int, width: Int, asking: TokenLayout, seen: TokenLayout, places: Places) {
    precondition(
      heads > 0 && width > 0 && asking.batch == seen.batch,
      "attention of \(asking.batch) sequences to \(seen.batch), \(heads) heads of \(width)")
    (self.asking, self.seen, self.places, self.heads, self.width) = (asking, seen, places, heads, width)
    outputShape = asking.shape(features: heads * width)
    let count = asking.batch * asking.blocks * heads
    ranges = evenRanges(count, min(count, Self.mostRanges))
    scratch = Storage(bytes: ranges.count * seen.positions * asking.width * MemoryLayout<Float>.stride)
  }

  /// - Precondition: planes and mask have the layouts that this was made for; at least one key of each sequence counts; the
  ///   output shares no memory with the inputs.
  package func run(asking: ImagePlanes, seen: ImagePlanes, mask: TokenMask, into output: ImagePlanes) {
    precondition(
      mask.layout == self.seen && output.shape == outputShape
        && asking.shape == self.asking.shape(features: asking.shape[1])
        && places.query + heads * width <= asking.shape[1]
        && seen.shape == self.seen.shape(features: seen.shape[1])
        && max(places.key, places.value) + heads * width <= seen.shape[1],
      "attention to \(outputShape): asking \(asking.shape), seen \(seen.shape)")
    // Sound without isolation: each chunk writes its own blocks and memory, and the operands outlive the call.
    nonisolated(unsafe) let (layer, source, keys, marks, target) = (self, asking, seen, mask, output)
    parallel(ranges.count, grain: 1) { chunks in
      for chunk in chunks {
        let scores = unsafe layer.scratch.floats + chunk * layer.seen.positions * layer.asking.width
        for index in unsafe layer.ranges[chunk] { unsafe layer.run(index, source, keys, marks, target, scores) }
      }
    }
  }

  private func run(
    _ index: Int, _ asking: ImagePlanes, _ seen: ImagePlanes, _ mask: TokenMask, _ output: ImagePlanes,
    _ scores: UnsafeMutablePointer<Float>
  ) {
    let (head, block) = index.quotientAndRemainder(dividingBy: self.asking.batch * self.asking.blocks)
    let sequence = block / self.asking.blocks
    let first = head * width
    let site = unsafe Site(
      queries: asking.plane(block, places.query + first),
      keys: seen.plane(sequence * self.seen.blocks, places.key + first),
      values: seen.plane(sequence * self.seen.blocks, places.value + first), mask: mask.addends(sequence, 0),
      scores: scores, output: output.plane(block, first), blockDistance: seen.shape[1] * self.seen.width)
    switch self.asking.width / Lanes.scalarCount {
    case 1: unsafe attend(site, Lanes.self)
    case 2: unsafe attend(site, Strip2.self)
    case 3: unsafe attend(site, Strip3.self)
    default: unsafe attend(site, Strip4.self)
    }
  }

  /// Operands of one head and block of queries.
  @unsafe private struct Site {
    let queries: UnsafeMutablePointer<Float>
    /// In the sequence's first block.
    let keys: UnsafeMutablePointer<Float>
    let values: UnsafeMutablePointer<Float>
    let mask: UnsafeMutablePointer<Float>
    let scores: UnsafeMutablePointer<Float>
    let output: UnsafeMutablePointer<Float>
    /// From a block that is seen to the next, in numbers.
    let blockDistance: Int
  }

  @inline(__always)
  private func attend<Queries: PixelStrip>(_ site: Site, _: Queries.Type) {
    let (pitch, keyPitch) = (asking.width, seen.width)
    for position in stride(from: 0, to: seen.positions, by: 2) {
      let (block, key) = position.quotientAndRemainder(dividingBy: keyPitch)
      var keys = unsafe site.keys + block * site.blockDistance + key
      var queries = unsafe site.queries
      var even = unsafe Queries(repeating: site.mask[position])
      var odd = unsafe Queries(repeating: site.mask[position + 1])
      for _ in 0..<width {
        unsafe even.add(queries, times: Lanes(repeating: keys[0]))
        unsafe odd.add(queries, times: Lanes(repeating: keys[1]))
        unsafe keys += keyPitch
        unsafe queries += pitch
      }
      unsafe even.store(site.scores + position * pitch)
      unsafe odd.store(site.scores + (position + 1) * pitch)
    }
    for vector in 0..<Queries.width { unsafe share(site.scores + vector * Lanes.scalarCount) }
    for pair in 0..<(width + 1) / 2 {
      // The last pair of an odd width overlaps the one before it; a width of one is a pair of the same.
      let feature = max(0, min(2 * pair, width - 2))
      let next = min(feature + 1, width - 1)
      var (even, odd) = (Queries(repeating: 0), Queries(repeating: 0))
      var shares = unsafe site.scores
      for block in 0..<seen.blocks {
        let values = unsafe site.values + block * site.blockDistance
        let (upper, lower) = unsafe (values + feature * keyPitch, values + next * keyPitch)
        for key in 0..<keyPitch {
          unsafe even.add(shares, times: Lanes(repeating: upper[key]))
          unsafe odd.add(shares, times: Lanes(repeating: lower[key]))
          unsafe shares += pitch
        }
      }
      unsafe even.store(site.output + feature * pitch)
      unsafe odd.store(site.output + next * pitch)
    }
  }

  /// Softmax over the keys of eight queries.
  @inline(__always)
  private func share(_ scores: UnsafeMutablePointer<Float>) {
    let (pitch, count) = (asking.width, seen.positions)
    var largest = unsafe load(scores, 0)
    for key in 1..<count {
      let next = unsafe load(scores, key * pitch)
      largest = largest.replacing(with: next, where: next .> largest)
    }
    var sum = Lanes.zero
    for key in 0..<count {
      let value = unsafe VectorMath.exponential(load(scores, key * pitch) - largest)
      sum += value
      unsafe store(value, scores, key * pitch)
    }
    let inverse = 1 / sum
    for key in 0..<count { unsafe store(load(scores, key * pitch) * inverse, scores, key * pitch) }
  }
}
