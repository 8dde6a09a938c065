/// A range of magnitudes in which the elements of given ranks are looked for.
///
/// Magnitudes are compared by their bits, which order as the magnitudes do; not-a-number lies above infinity.
struct MagnitudeWindow {
  var lower: UInt32
  var upper: UInt32

  /// Window of every magnitude.
  init() { (lower, upper) = (0, magnitudeBits) }

  /// Window from 0.2 to 0.4 % below `guess` to as much above it.
  init(near guess: Float) {
    let reach: UInt32 = 1 << 15
    let key = guess.bitPattern & magnitudeBits
    lower = key - min(key, reach)
    upper = min(key + reach, magnitudeBits)
  }

  /// Window that very likely holds the elements of ranks `pruned - 1` and `pruned` of a large tensor.
  ///
  /// Its ends are the elements of a sample that lie four standard deviations either side of the rank sought. Evenly
  /// spaced runs of neighbours make the sample, so that it depends on nothing but the tensor.
  ///
  /// - Precondition: `values` are in row-major order and more than 256.
  /// - Source: Floyd, Rivest, "Expected time bounds for selection", 1975, Communications of the ACM 18(3).
  init(sampling values: Tensor, pruned: Int) {
    let (runs, run) = (Int(Double(values.count).squareRoot()), 16)
    let sample = Storage(bytes: runs * run * MemoryLayout<UInt32>.stride)
    /// The sample's element of `rank`; selecting overwrites the sample, so it is drawn anew.
    func element(_ rank: Double) -> UInt32 {
      let (source, keys) = unsafe (values.storage.floats, sample.magnitudes)
      for number in 0..<runs {
        let first = number * (values.count - run) / (runs - 1)
        for index in 0..<run { unsafe keys[number * run + index] = source[first + index].bitPattern & magnitudeBits }
      }
      let rank = min(max(Int(rank), 0), runs * run - 1)
      return unsafe RankedMagnitude(of: keys, count: runs * run, rank: rank).magnitude
    }
    let share = Double(pruned) / Double(values.count)
    let expected = share * Double(runs * run)
    let deviation = (expected * (1 - share)).squareRoot()
    lower = expected > 4 * deviation ? element(expected - 4 * deviation) : 0
    upper = Double(runs * run) - expected > 4 * deviation ? element(expected + 4 * deviation) : magnitudeBits
  }

  /// What a tensor has below a window and in it.
  struct Contents {
    let below: Int
    let inside: Int
    /// The magnitudes inside.
    let magnitudes: Storage

    /// Whether the window holds the elements of ranks `pruned - 1` and `pruned`.
    func hold(_ pruned: Int) -> Bool { pruned > below && pruned < below + inside }
  }

  /// The contents of `values`, in one parallel pass.
  ///
  /// - Precondition: `values` are in row-major order.
  func contents(of values: Tensor) -> Contents {
    // Room for everything: each chunk lists what it finds where it lies, and the lists are then moved together.
    let magnitudes = Storage(bytes: values.count * MemoryLayout<UInt32>.stride)
    // Comparing takes so little time that smaller chunks would not pay for waking a thread.
    let grain = 2 * Elementwise.grain
    var counts = [(below: Int, inside: Int)](repeating: (0, 0), count: (values.count + grain - 1) / grain)
    unsafe counts.withUnsafeMutableBufferPointer { counts in
      // Sound without isolation: each chunk writes its own range, and the buffers outlive the call.
      nonisolated(unsafe) let (source, keys, counts) = unsafe (values.storage.floats, magnitudes.magnitudes, counts)
      parallel(values.count, grain: grain) { range in
        unsafe counts[range.lowerBound / grain] = list(
          source + range.lowerBound, range.count, into: keys + range.lowerBound)
      }
    }
    var (below, inside) = (0, 0)
    let keys = unsafe magnitudes.magnitudes
    for (chunk, count) in counts.enumerated() {
      if chunk > 0 { unsafe (keys + inside).update(from: keys + chunk * grain, count: count.inside) }
      below += count.below
      inside += count.inside
    }
    return Contents(below: below, inside: inside, magnitudes: magnitudes)
  }

  /// Writes the magnitudes of `source` that lie in the window to `keys`, and counts those and the ones below.
  private func list(
    _ source: UnsafeMutablePointer<Float>, _ count: Int, into keys: UnsafeMutablePointer<UInt32>
  ) -> (below: Int, inside: Int) {
    let (low, high) = (SIMD8(repeating: Int32(lower)), SIMD8(repeating: Int32(upper)))
    var minusBelow = SIMD8<Int32>()
    var inside = 0
    var index = 0
    while index + 8 <= count {
      let key = unsafe UnsafeRawPointer(source + index).loadUnaligned(as: SIMD8<Int32>.self) & Int32(magnitudeBits)
      // All bits of a lane are set where a comparison holds, which is -1 as a number.
      let isBelow = unsafe unsafeBitCast(key .< low, to: SIMD8<Int32>.self)
      let isAbove = unsafe unsafeBitCast(key .> high, to: SIMD8<Int32>.self)
      minusBelow &+= isBelow
      let isOutside = unsafe unsafeBitCast(isBelow | isAbove, to: SIMD4<UInt64>.self)
      if isOutside[0] & isOutside[1] & isOutside[2] & isOutside[3] != .max {
        for lane in index..<index + 8 { unsafe append(source[lane], to: keys, &inside) }
      }
      index += 8
    }
    var below = -Int(minusBelow.wrappedSum())
    while index < count {
      below += unsafe source[index].bitPattern & magnitudeBits < lower ? 1 : 0
      unsafe append(source[index], to: keys, &inside)
      index += 1
    }
    return (below, inside)
  }

  /// Without a branch: which neighbour of a listed magnitude is listed cannot be foretold.
  @inline(__always)
  private func append(_ value: Float, to keys: UnsafeMutablePointer<UInt32>, _ count: inout Int) {
    let key = value.bitPattern & magnitudeBits
    unsafe keys[count] = key
    count += key &- lower <= upper &- lower ? 1 : 0
  }
}
