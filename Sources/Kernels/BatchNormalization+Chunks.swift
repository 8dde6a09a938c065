// How the passes of batch normalisation cut their work, and how they combine what the pieces add up.

extension BatchNormalization {
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
        image * order.imageStride + block * order.blockStride + piece * order.chunkPixels * order.pixelStride
      pixels = min(order.chunkPixels, order.pixels - piece * order.chunkPixels)
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

      /// Sets all three numbers of every channel to zero.
      func clear() { unsafe base.update(repeating: 0, count: 3 * width) }

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

  private static func pieces(_ order: ImageOrder) -> Int { (order.pixels + order.chunkPixels - 1) / order.chunkPixels }

  /// Runs `body` on every chunk, in parallel, with a place for its results.
  static func chunkSums(_ order: ImageOrder, _ body: (Chunk, ChunkSums.Slot) -> Void) -> ChunkSums {
    let sums = ChunkSums(order)
    forEachChunk(order) { chunk in body(chunk, sums.slot(chunk.number)) }
    return sums
  }

  /// Runs `body` on every chunk, in parallel.
  static func forEachChunk(_ order: ImageOrder, _ body: (Chunk) -> Void) {
    let pieces = pieces(order)
    let numbers = order.images * order.blocks * pieces
    // As many chunks at a time as make an elementwise grain.
    let grain = max(1, Elementwise.grain / max(1, min(order.chunkPixels, order.pixels) * order.blockWidth))
    parallel(numbers, grain: grain) { range in
      for number in range { body(Chunk(number, of: order, pieces: pieces)) }
    }
  }
}

/// Means and variances that chunks are added to.
struct ChannelMoments {
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
