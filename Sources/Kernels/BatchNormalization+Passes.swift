// The passes over memory. Lanes are channels where channels lie in blocks, and pixels in plain order.

extension BatchNormalization {
  /// Mean and biased variance a channel, in one pass over the input.
  ///
  /// Each chunk is centred on its first pixel, so that squares do not cancel; chunks are combined as by Chan, Golub,
  /// LeVeque, "Updating formulae and a pairwise algorithm for computing sample variances", 1979.
  static func channelMoments(_ input: Tensor, _ order: ImageOrder) -> (mean: [Double], variance: [Double]) {
    var total = ChannelMoments(channels: order.paddedChannels)
    let sums = chunkSums(order) { chunk, results in
      // Sound without isolation: read only, and the tensor outlives the call.
      nonisolated(unsafe) let x = unsafe input.storage.floats + chunk.start
      if order.blockWidth == 1 {
        let pivot = unsafe x[0]
        var (sum, squares) = (Lanes.zero, Lanes.zero)
        var index = 0
        while index + Lanes.scalarCount <= chunk.pixels {
          let distance = unsafe load(x, index) - pivot
          sum += distance
          squares += distance * distance
          index += Lanes.scalarCount
        }
        var (rest, restSquares) = (Float(0), Float(0))
        while index < chunk.pixels {
          let distance = unsafe x[index] - pivot
          rest += distance
          restSquares += distance * distance
          index += 1
        }
        results.store(sum.sum() + rest, squares.sum() + restSquares, pivot, at: 0)
        return
      }
      if order.isWide {
        unsafe addMoments(x, chunk, order, to: results)
        return
      }
      for lane in stride(from: 0, to: order.blockWidth, by: Lanes.scalarCount) {
        let pivot = unsafe load(x, lane)
        var (sum, squares) = (Lanes.zero, Lanes.zero)
        var index = lane
        for _ in 0..<chunk.pixels {
          let distance = unsafe load(x, index) - pivot
          sum += distance
          squares += distance * distance
          index += order.pixelStride
        }
        results.store(sum, squares, pivot, at: lane)
      }
    }
    sums.forEachChunk { chunk, channel, sum, squares, pivot in
      total.add(channel: channel, count: chunk.pixels, sum: sum, squares: squares, pivot: pivot)
    }
    return (total.mean, total.variance)
  }

  /// output = factor * (input - mean) + shift, rectified if asked.
  static func normalize(
    _ input: Tensor, _ order: ImageOrder, _ affine: ChannelCoefficients, isRectified: Bool, into output: Tensor
  ) {
    let floor: Float = isRectified ? 0 : -.infinity
    forEachChunk(order) { chunk in
      // Sound without isolation: each chunk writes its own range, and the tensors outlive the call.
      nonisolated(unsafe) let (x, y) = unsafe (
        input.storage.floats + chunk.start, output.storage.floats + chunk.start
      )
      if order.blockWidth == 1 {
        let (factor, shift) = (affine.factor[chunk.channel], affine.shift[chunk.channel])
        let mean = affine.mean[chunk.channel]
        var index = 0
        while index + Lanes.scalarCount <= chunk.pixels {
          let value = unsafe (load(x, index) - mean) * factor + shift
          unsafe store(value.replacing(with: floor, where: value .< floor), y, index)
          index += Lanes.scalarCount
        }
        while index < chunk.pixels {
          let value = unsafe (x[index] - mean) * factor + shift
          unsafe y[index] = value < floor ? floor : value
          index += 1
        }
        return
      }
      if order.isWide {
        unsafe normalizeRows(x, chunk, order, affine, floor: floor, into: y)
        return
      }
      for lane in stride(from: 0, to: order.blockWidth, by: Lanes.scalarCount) {
        let factor = lanes(affine.factor, chunk.channel + lane)
        let shift = lanes(affine.shift, chunk.channel + lane)
        let mean = lanes(affine.mean, chunk.channel + lane)
        var index = lane
        for _ in 0..<chunk.pixels {
          let value = unsafe (load(x, index) - mean) * factor + shift
          unsafe store(value.replacing(with: floor, where: value .< floor), y, index)
          index += order.pixelStride
        }
      }
    }
  }

  /// Sums a channel of the gradient behind the rectifier, plain and times the centred input.
  static func gradientSums(
    _ upstream: Tensor, _ input: Tensor, _ order: ImageOrder, _ affine: ChannelCoefficients, isRectified: Bool
  ) -> (plain: [Double], centred: [Double]) {
    // Where the output is below this, nothing passes: the smallest positive number, or nothing at all.
    let floor: Float = isRectified ? .leastNonzeroMagnitude : -.infinity
    let sums = chunkSums(order) { chunk, results in
      // Sound without isolation: read only, and the tensors outlive the call.
      nonisolated(unsafe) let (x, g) = unsafe (
        input.storage.floats + chunk.start, upstream.storage.floats + chunk.start
      )
      if order.blockWidth == 1 {
        let (factor, shift) = (affine.factor[chunk.channel], affine.shift[chunk.channel])
        let mean = affine.mean[chunk.channel]
        var (plain, product) = (Lanes.zero, Lanes.zero)
        var index = 0
        while index + Lanes.scalarCount <= chunk.pixels {
          let centred = unsafe load(x, index) - mean
          let passed = unsafe load(g, index).replacing(with: 0, where: centred * factor + shift .< floor)
          plain += passed
          product += passed * centred
          index += Lanes.scalarCount
        }
        var (rest, restProduct) = (Float(0), Float(0))
        while index < chunk.pixels {
          let centred = unsafe x[index] - mean
          let passed = unsafe centred * factor + shift < floor ? 0 : g[index]
          rest += passed
          restProduct += passed * centred
          index += 1
        }
        results.store(plain.sum() + rest, product.sum() + restProduct, 0, at: 0)
        return
      }
      if order.isWide {
        unsafe addGradientSums(g, x, chunk, order, affine, floor: floor, to: results)
        return
      }
      for lane in stride(from: 0, to: order.blockWidth, by: Lanes.scalarCount) {
        let factor = lanes(affine.factor, chunk.channel + lane)
        let shift = lanes(affine.shift, chunk.channel + lane)
        let mean = lanes(affine.mean, chunk.channel + lane)
        var (plain, product) = (Lanes.zero, Lanes.zero)
        var index = lane
        for _ in 0..<chunk.pixels {
          let centred = unsafe load(x, index) - mean
          let passed = unsafe load(g, index).replacing(with: 0, where: centred * factor + shift .< floor)
          plain += passed
          product += passed * centred
          index += order.pixelStride
        }
        results.store(plain, product, .zero, at: lane)
      }
    }
    var plain = [Double](repeating: 0, count: order.paddedChannels)
    var centred = plain
    sums.forEachChunk { _, channel, sum, product, _ in
      plain[channel] += Double(sum)
      centred[channel] += Double(product)
    }
    return (plain, centred)
  }

  /// gradient = factor * passed + slope * (input - mean) + offset.
  static func distribute(
    _ upstream: Tensor, _ input: Tensor, _ order: ImageOrder, _ affine: ChannelCoefficients, slope: [Float],
    offset: [Float], isRectified: Bool, into gradient: Tensor
  ) {
    let floor: Float = isRectified ? .leastNonzeroMagnitude : -.infinity
    forEachChunk(order) { chunk in
      // Sound without isolation: each chunk writes its own range, and the tensors outlive the call.
      nonisolated(unsafe) let (x, g, d) = unsafe (
        input.storage.floats + chunk.start, upstream.storage.floats + chunk.start,
        gradient.storage.floats + chunk.start
      )
      if order.blockWidth == 1 {
        let (factor, shift) = (affine.factor[chunk.channel], affine.shift[chunk.channel])
        let mean = affine.mean[chunk.channel]
        let (slope, offset) = (slope[chunk.channel], offset[chunk.channel])
        var index = 0
        while index + Lanes.scalarCount <= chunk.pixels {
          let centred = unsafe load(x, index) - mean
          let passed = unsafe load(g, index).replacing(with: 0, where: centred * factor + shift .< floor)
          unsafe store(passed * factor + (centred * slope + offset), d, index)
          index += Lanes.scalarCount
        }
        while index < chunk.pixels {
          let centred = unsafe x[index] - mean
          let passed = unsafe centred * factor + shift < floor ? 0 : g[index]
          unsafe d[index] = passed * factor + (centred * slope + offset)
          index += 1
        }
        return
      }
      if order.isWide {
        unsafe distributeRows(g, x, chunk, order, affine, slope: slope, offset: offset, floor: floor, into: d)
        return
      }
      for lane in stride(from: 0, to: order.blockWidth, by: Lanes.scalarCount) {
        let factor = lanes(affine.factor, chunk.channel + lane)
        let shift = lanes(affine.shift, chunk.channel + lane)
        let mean = lanes(affine.mean, chunk.channel + lane)
        let slope = lanes(slope, chunk.channel + lane)
        let offset = lanes(offset, chunk.channel + lane)
        var index = lane
        for _ in 0..<chunk.pixels {
          let centred = unsafe load(x, index) - mean
          let passed = unsafe load(g, index).replacing(with: 0, where: centred * factor + shift .< floor)
          unsafe store(passed * factor + (centred * slope + offset), d, index)
          index += order.pixelStride
        }
      }
    }
  }
}

/// Eight numbers of `values` from `index` on.
@inline(__always)
private func lanes(_ values: [Float], _ index: Int) -> Lanes {
  var lanes = Lanes.zero
  for lane in 0..<Lanes.scalarCount { lanes[lane] = values[index + lane] }
  return lanes
}
