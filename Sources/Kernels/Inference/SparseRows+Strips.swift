import CPrefetch

/// Products of sparse rows with a strip of pixels, which stays in registers while a row is gone through.
extension SparseRows {
  /// Vectors of the widest strip.
  static let widestStrip = 8

  /// Entries ahead of those in use that are asked for from memory: what a row takes is not found by the processor's own
  /// foresight, and each cache line would be waited for.
  private static let prefetchDistance = 256

  /// Sums of `range`'s rows over a strip of `vectors` vectors.
  ///
  /// `input` is the strip's first pixel in the first plane, `output` and `residual` theirs, in planes `pitch` apart.
  func run(
    _ range: Range<Int>, vectors: Int, bias: UnsafeMutablePointer<Float>, _ bounds: ActivationBounds,
    input: UnsafeMutablePointer<Float>, residual: UnsafeMutablePointer<Float>?, output: UnsafeMutablePointer<Float>,
    pitch: Int
  ) {
    let strip = unsafe Strip(
      bias: bias, bounds: bounds, input: input, output: output, residual: residual, pitch: pitch)
    switch vectors {
    case 1: unsafe run(strip, range, Lanes.self)
    case 2: unsafe run(strip, range, Strip2.self)
    case 3: unsafe run(strip, range, Strip3.self)
    case 4: unsafe run(strip, range, Strip4.self)
    case 5: unsafe run(strip, range, Strip5.self)
    case 6: unsafe run(strip, range, Strip6.self)
    case 7: unsafe run(strip, range, Strip7.self)
    default: unsafe run(strip, range, Strip8.self)
    }
  }

  @unsafe private struct Strip {
    let bias: UnsafeMutablePointer<Float>
    let bounds: ActivationBounds
    let input: UnsafeMutablePointer<Float>
    let output: UnsafeMutablePointer<Float>
    let residual: UnsafeMutablePointer<Float>?
    /// Distance of the output's planes.
    let pitch: Int
  }

  @inline(__always)
  private func run<Sums: PixelStrip>(_ strip: Strip, _ range: Range<Int>, _: Sums.Type) {
    let (starts, bias, bounds, input) = unsafe (starts, strip.bias, strip.bounds, strip.input)
    var entry = unsafe entries + starts[range.lowerBound]
    for row in range {
      let end = unsafe entries + starts[row + 1]
      unsafe prefetch(entry + Self.prefetchDistance, end - entry)
      var sums = unsafe Sums(repeating: bias[row])
      while unsafe entry < end {
        let (offset, value) = unsafe (Int(entry.pointee.offset), entry.pointee.value)
        unsafe sums.add(input + offset, times: Lanes(repeating: value))
        unsafe entry += 1
      }
      if let residual = unsafe strip.residual { unsafe sums.add(residual + row * strip.pitch) }
      sums.clamp(to: bounds)
      unsafe sums.store(strip.output + row * strip.pitch)
    }
  }

  /// Asks for `count` entries; behind the last one there may be nothing.
  @inline(__always)
  private func prefetch(_ entries: UnsafeMutablePointer<Entry>, _ count: Int) {
    var ahead = 0
    while ahead < count {
      unsafe prefetch_for_reading(entries + ahead)
      ahead &+= 64 / MemoryLayout<Entry>.stride
    }
  }
}
