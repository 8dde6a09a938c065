import CIntrinsics

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
    for block in 0..<blocks { unsafe run(strip, range, block, Sums.self) }
  }

  /// Adds one block's products to the rows' sums, which the first block begins and the last one finishes.
  @inline(__always)
  private func run<Sums: PixelStrip>(_ strip: Strip, _ range: Range<Int>, _ block: Int, _: Sums.Type) {
    let (bias, bounds, input) = unsafe (strip.bias, strip.bounds, strip.input)
    let starts = unsafe starts + block &* rows
    let (isFirst, isLast) = (block == 0, block &+ 1 == blocks)
    var entry = unsafe entries + starts[range.lowerBound]
    for row in range {
      let end = unsafe entries + starts[row &+ 1]
      let output = unsafe strip.output + row &* strip.pitch
      var sums = unsafe isFirst ? Sums(repeating: bias[row]) : Sums(output)
      while unsafe entry < end {
        unsafe prefetch_for_reading(entry + Self.prefetchDistance)
        let (offset, value) = unsafe (Int(entry.pointee.offset), entry.pointee.value)
        unsafe sums.add(input + offset, times: Lanes(repeating: value))
        unsafe entry += 1
      }
      if isLast {
        if let residual = unsafe strip.residual { unsafe sums.add(residual + row &* strip.pitch) }
        sums.clamp(to: bounds)
      }
      unsafe sums.store(output)
    }
  }
}
