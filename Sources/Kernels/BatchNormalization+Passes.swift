// The passes over memory. Lanes are channels where channels lie in blocks, and pixels in plain order.

extension BatchNormalization {
  /// Pixels that are added up in single precision.
  private static let chunkPixels = 1024

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

  // MARK: Chunks

  /// Pixels of one block of one image.
  struct Chunk {
    let number: Int
    /// First channel of the block.
    let channel: Int
    /// Position of the first number in memory.
    let start: Int
    let pixels: Int

    fileprivate init(_ number: Int, of order: ImageOrder, pieces: Int) {
      self.number = number
      let piece = number % pieces
      let block = number / pieces % order.blocks
      let image = number / pieces / order.blocks
      channel = block * order.blockWidth
      start =
        image * order.imageStride + block * order.blockStride + piece * BatchNormalization.chunkPixels
        * order.pixelStride
      pixels = min(BatchNormalization.chunkPixels, order.pixels - piece * BatchNormalization.chunkPixels)
    }
  }

  /// Three numbers a channel from every chunk.
  final class ChunkSums {
    private let order: ImageOrder
    private let pieces: Int
    private let count: Int
    private let storage: Storage

    fileprivate init(_ order: ImageOrder) {
      self.order = order
      pieces = BatchNormalization.pieces(order)
      count = order.images * order.blocks * pieces
      storage = Storage(bytes: 3 * count * order.blockWidth * MemoryLayout<Float>.stride)
    }

    /// Where one chunk's numbers go.
    fileprivate func slot(_ number: Int) -> Slot {
      unsafe Slot(base: storage.floats + 3 * number * order.blockWidth, width: order.blockWidth)
    }

    /// Calls `body` with chunk, channel and the three numbers, in order of chunks and channels.
    func forEachChunk(_ body: (Chunk, _ channel: Int, Float, Float, Float) -> Void) {
      for number in 0..<count {
        let chunk = Chunk(number, of: order, pieces: pieces)
        let base = unsafe storage.floats + 3 * number * order.blockWidth
        for lane in 0..<order.blockWidth {
          unsafe body(
            chunk, chunk.channel + lane, base[lane], base[order.blockWidth + lane], base[2 * order.blockWidth + lane])
        }
      }
    }

    /// The part of one chunk.
    @safe struct Slot {
      let base: UnsafeMutablePointer<Float>
      let width: Int

      @inline(__always)
      func store(_ a: Lanes, _ b: Lanes, _ c: Lanes, at lane: Int) {
        unsafe Kernels.store(a, base, lane)
        unsafe Kernels.store(b, base, width + lane)
        unsafe Kernels.store(c, base, 2 * width + lane)
      }

      @inline(__always)
      func store(_ a: Float, _ b: Float, _ c: Float, at lane: Int) {
        unsafe base[lane] = a
        unsafe base[width + lane] = b
        unsafe base[2 * width + lane] = c
      }
    }
  }

  private static func pieces(_ order: ImageOrder) -> Int { (order.pixels + chunkPixels - 1) / chunkPixels }

  /// Runs `body` on every chunk, in parallel, with a place for its results.
  private static func chunkSums(_ order: ImageOrder, _ body: (Chunk, ChunkSums.Slot) -> Void) -> ChunkSums {
    let sums = ChunkSums(order)
    forEachChunk(order) { chunk in body(chunk, sums.slot(chunk.number)) }
    return sums
  }

  /// Runs `body` on every chunk, in parallel.
  private static func forEachChunk(_ order: ImageOrder, _ body: (Chunk) -> Void) {
    let pieces = pieces(order)
    let numbers = order.images * order.blocks * pieces
    // As many chunks at a time as make an elementwise grain.
    let grain = max(1, Elementwise.grain / max(1, min(chunkPixels, order.pixels) * order.blockWidth))
    parallel(numbers, grain: grain) { range in
      for number in range { body(Chunk(number, of: order, pieces: pieces)) }
    }
  }
}

/// Means and variances that chunks are added to.
private struct ChannelMoments {
  private var counts: [Double]
  private(set) var mean: [Double]
  private var squares: [Double]

  init(channels: Int) {
    counts = [Double](repeating: 0, count: channels)
    mean = counts
    squares = counts
  }

  var variance: [Double] { zip(squares, counts).map { $1 == 0 ? 0 : max(0, $0 / $1) } }

  /// Adds `count` numbers by their sum and squares about `pivot`.
  mutating func add(channel: Int, count: Int, sum: Float, squares: Float, pivot: Float) {
    let (n, s) = (Double(count), Double(sum))
    let chunkMean = Double(pivot) + s / n
    let chunkSquares = Double(squares) - s * s / n
    let before = counts[channel]
    let all = before + n
    let distance = chunkMean - mean[channel]
    mean[channel] += distance * n / all
    self.squares[channel] += chunkSquares + distance * distance * before * n / all
    counts[channel] = all
  }
}

/// Eight numbers of `values` from `index` on.
@inline(__always)
private func lanes(_ values: [Float], _ index: Int) -> Lanes {
  var lanes = Lanes.zero
  for lane in 0..<Lanes.scalarCount { lanes[lane] = values[index + lane] }
  return lanes
}
