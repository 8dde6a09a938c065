// The passes over images with many channels to a pixel: pixel by pixel in the order of memory, sums in the chunk's own
// place, which stays in the first-level cache.

extension BatchNormalization {
  /// Adds up distances from the chunk's first pixel, and their squares, a channel each.
  @inline(__always)
  static func addMoments(
    _ x: UnsafeMutablePointer<Float>, _ chunk: Chunk, _ order: ImageOrder, to results: ChunkSums.Slot
  ) {
    results.clear()
    let width = order.blockWidth
    let (sums, squares, pivots) = unsafe (results.base, results.base + width, results.base + 2 * width)
    unsafe pivots.update(from: x, count: width)
    for pixel in 0..<chunk.pixels {
      let row = unsafe x + pixel * order.pixelStride
      for lane in stride(from: 0, to: width, by: Lanes.scalarCount) {
        let distance = unsafe load(row, lane) - load(pivots, lane)
        unsafe store(load(sums, lane) + distance, sums, lane)
        unsafe store(load(squares, lane).addingProduct(distance, distance), squares, lane)
      }
    }
  }

  @inline(__always)
  static func normalizeRows(
    _ x: UnsafeMutablePointer<Float>, _ chunk: Chunk, _ order: ImageOrder, _ affine: ChannelCoefficients,
    floor: Float, into y: UnsafeMutablePointer<Float>
  ) {
    unsafe affine.withPointers { factors, shifts, means in
      for pixel in 0..<chunk.pixels {
        let start = pixel * order.pixelStride
        for lane in stride(from: 0, to: order.blockWidth, by: Lanes.scalarCount) {
          let value = unsafe (load(x, start + lane) - load(means, lane)) * load(factors, lane) + load(shifts, lane)
          unsafe store(value.replacing(with: floor, where: value .< floor), y, start + lane)
        }
      }
    }
  }

  /// Adds up what passes the rectifier, and its product with the centred input, a channel each.
  @inline(__always)
  static func addGradientSums(
    _ upstream: UnsafeMutablePointer<Float>, _ x: UnsafeMutablePointer<Float>, _ chunk: Chunk, _ order: ImageOrder,
    _ affine: ChannelCoefficients, floor: Float, to results: ChunkSums.Slot
  ) {
    results.clear()
    let (plain, product) = unsafe (results.base, results.base + order.blockWidth)
    unsafe affine.withPointers { factors, shifts, means in
      for pixel in 0..<chunk.pixels {
        let start = pixel * order.pixelStride
        for lane in stride(from: 0, to: order.blockWidth, by: Lanes.scalarCount) {
          let centred = unsafe load(x, start + lane) - load(means, lane)
          let value = unsafe centred * load(factors, lane) + load(shifts, lane)
          let passed = unsafe load(upstream, start + lane).replacing(with: 0, where: value .< floor)
          unsafe store(load(plain, lane) + passed, plain, lane)
          unsafe store(load(product, lane).addingProduct(passed, centred), product, lane)
        }
      }
    }
  }

  @inline(__always)
  static func distributeRows(
    _ upstream: UnsafeMutablePointer<Float>, _ x: UnsafeMutablePointer<Float>, _ chunk: Chunk, _ order: ImageOrder,
    _ affine: ChannelCoefficients, slope: [Float], offset: [Float], floor: Float,
    into gradient: UnsafeMutablePointer<Float>
  ) {
    unsafe affine.withPointers { factors, shifts, means in
      unsafe slope.withUnsafeBufferPointer { slope in
        unsafe offset.withUnsafeBufferPointer { offset in
          guard let slopes = slope.baseAddress, let offsets = offset.baseAddress else { return }
          for pixel in 0..<chunk.pixels {
            let start = pixel * order.pixelStride
            for lane in stride(from: 0, to: order.blockWidth, by: Lanes.scalarCount) {
              let centred = unsafe load(x, start + lane) - load(means, lane)
              let value = unsafe centred * load(factors, lane) + load(shifts, lane)
              let passed = unsafe load(upstream, start + lane).replacing(with: 0, where: value .< floor)
              let spread = unsafe centred * load(slopes, lane) + load(offsets, lane)
              unsafe store(passed * load(factors, lane) + spread, gradient, start + lane)
            }
          }
        }
      }
    }
  }
}

extension ChannelCoefficients {
  /// Lends factor, shift and mean as memory.
  @inline(__always)
  fileprivate func withPointers(
    _ body: (UnsafePointer<Float>, UnsafePointer<Float>, UnsafePointer<Float>) -> Void
  ) {
    unsafe factor.withUnsafeBufferPointer { factors in
      unsafe shift.withUnsafeBufferPointer { shifts in
        unsafe mean.withUnsafeBufferPointer { means in
          guard let factors = factors.baseAddress, let shifts = shifts.baseAddress, let means = means.baseAddress
          else { return }
          unsafe body(factors, shifts, means)
        }
      }
    }
  }
}
