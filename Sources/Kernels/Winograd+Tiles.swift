// Rows of tiles between the images and the matrices that are multiplied. Lanes are channels.

extension Winograd {
  /// Transforms of the images' rows of pixels.
  ///
  /// Each combines two rows of pixels, then walks along them with eight channels at a time, so that a pixel is loaded
  /// once though two tiles share it. A row outside the image is a row of zeros.
  @safe struct PixelRows {
    private let grid: TileGrid
    private let channels: Int
    private let storage: Storage
    private let zeros: UnsafeMutablePointer<Float>

    init(_ grid: TileGrid, channels: Int) {
      self.grid = grid
      self.channels = channels
      storage = Storage(bytes: grid.width * channels * MemoryLayout<Float>.stride)
      unsafe zeros = storage.floats
      unsafe storage.floats.update(repeating: 0, count: grid.width * channels)
    }

    /// Row `vertical` of B^T d B for all patches d of `rows`, B^T = [1 0 -1 0; 0 1 1 0; 0 -1 1 0; 0 1 0 -1].
    ///
    /// - Shapes: `images` [N, H, W, channels]; four planes of `result` [tiles, channels], rows `result.width` apart.
    func transformInput(
      _ images: UnsafeMutablePointer<Float>, _ rows: Range<Int>, _ vertical: Int, into result: Planes
    ) {
      let first = [0, 1, 2, 1][vertical]
      let second = [2, 2, 1, 3][vertical]
      let sign = Lanes(repeating: vertical == 1 ? 1 : -1)
      let isEven = grid.width % 2 == 0
      for row in rows {
        let top = 2 * (row % grid.rowsOfImage) - 1
        let image = unsafe images + row / grid.rowsOfImage * grid.height * grid.width * channels
        let (upper, lower) = unsafe (pixels(image, top + first), pixels(image, top + second))
        let start = (row - rows.lowerBound) * grid.columns * result.width
        for lane in stride(from: 0, to: channels, by: Lanes.scalarCount) {
          var walk = unsafe Walk(upper: upper + lane, lower: lower + lane, sign: sign, step: channels)
          var target = Target(result, start + lane)
          // Pixels 2t - 1 ... 2t + 2 for the tile t.
          var (e0, e1) = (Lanes.zero, walk.next())
          for _ in 0..<grid.columns - 1 {
            let (e2, e3) = (walk.next(), walk.next())
            target.put(e0 - e2, e1 + e2, e2 - e1, e1 - e3)
            (e0, e1) = (e2, e3)
          }
          let e2 = isEven ? walk.next() : Lanes.zero
          target.put(e0 - e2, e1 + e2, e2 - e1, e1)
        }
      }
    }

    /// Row `vertical` of A y A^T for all tiles y of `rows`, A = [1 0; 1 1; 1 -1; 0 -1].
    ///
    /// - Shapes: `images` [N, H, W, channels]; four planes of `result` [tiles, channels], rows `result.width` apart.
    func transformUpstream(
      _ images: UnsafeMutablePointer<Float>, _ rows: Range<Int>, _ vertical: Int, into result: Planes
    ) {
      let sign = Lanes(repeating: vertical < 2 ? 1 : -1)
      let isEven = grid.width % 2 == 0
      for row in rows {
        let top = 2 * (row % grid.rowsOfImage)
        let image = unsafe images + row / grid.rowsOfImage * grid.height * grid.width * channels
        let upper = vertical < 3 ? unsafe pixels(image, top) : unsafe zeros
        let lower = vertical > 0 ? unsafe pixels(image, top + 1) : unsafe zeros
        let start = (row - rows.lowerBound) * grid.columns * result.width
        for lane in stride(from: 0, to: channels, by: Lanes.scalarCount) {
          var walk = unsafe Walk(upper: upper + lane, lower: lower + lane, sign: sign, step: channels)
          var target = Target(result, start + lane)
          for _ in 0..<grid.columns - 1 {
            let (e0, e1) = (walk.next(), walk.next())
            target.put(e0, e0 + e1, e0 - e1, -e1)
          }
          let e0 = walk.next()
          let e1 = isEven ? walk.next() : Lanes.zero
          target.put(e0, e0 + e1, e0 - e1, -e1)
        }
      }
    }

    /// Pixels of one row of an image, zeros if it has no such row.
    private func pixels(_ image: UnsafeMutablePointer<Float>, _ row: Int) -> UnsafeMutablePointer<Float> {
      row >= 0 && row < grid.height ? unsafe image + row * grid.width * channels : unsafe zeros
    }

    /// Pixels upper + sign * lower from left to right.
    @safe private struct Walk {
      var upper: UnsafeMutablePointer<Float>
      var lower: UnsafeMutablePointer<Float>
      let sign: Lanes
      let step: Int

      @inline(__always)
      mutating func next() -> Lanes {
        let pixel = unsafe load(upper, 0).addingProduct(load(lower, 0), sign)
        unsafe upper += step
        unsafe lower += step
        return pixel
      }
    }

    /// The same place in four planes, moving from tile to tile.
    @safe private struct Target {
      var planes:
        (
          UnsafeMutablePointer<Float>, UnsafeMutablePointer<Float>, UnsafeMutablePointer<Float>,
          UnsafeMutablePointer<Float>
        )
      let step: Int

      @inline(__always)
      init(_ result: Planes, _ place: Int) {
        unsafe planes = unsafe (
          result.plane(0) + place, result.plane(1) + place, result.plane(2) + place, result.plane(3) + place
        )
        step = result.width
      }

      @inline(__always)
      mutating func put(_ a: Lanes, _ b: Lanes, _ c: Lanes, _ d: Lanes) {
        unsafe store(a, planes.0, 0)
        unsafe store(b, planes.1, 0)
        unsafe store(c, planes.2, 0)
        unsafe store(d, planes.3, 0)
        unsafe planes.0 += step
        unsafe planes.1 += step
        unsafe planes.2 += step
        unsafe planes.3 += step
      }
    }
  }

  /// Transform of products back to the pixels of 2x2 tiles.
  @safe struct OutputTiles {
    private let grid: TileGrid
    private let channels: Int
    private let storage: Storage
    /// Where pixels outside the image go.
    private let outside: UnsafeMutablePointer<Float>

    init(_ grid: TileGrid, channels: Int) {
      self.grid = grid
      self.channels = channels
      storage = Storage(bytes: channels * MemoryLayout<Float>.stride)
      unsafe outside = storage.floats
    }

    /// A^T m A for all tiles m of `rows`, A^T = [1 1 1 0; 0 1 -1 -1].
    ///
    /// - Shapes: `product` 16 planes [tiles, channels], rows `product.width` apart; `images` [N, H, W, channels].
    func transform(_ product: Planes, _ rows: Range<Int>, into images: UnsafeMutablePointer<Float>) {
      for row in rows {
        let top = 2 * (row % grid.rowsOfImage)
        let image = unsafe images + row / grid.rowsOfImage * grid.height * grid.width * channels
        let upper = unsafe image + top * grid.width * channels
        let hasLower = top + 1 < grid.height
        for column in 0..<grid.columns {
          let hasRight = 2 * column + 1 < grid.width
          let y00 = unsafe upper + 2 * column * channels
          let y01 = hasRight ? unsafe y00 + channels : unsafe outside
          let y10 = hasLower ? unsafe y00 + grid.width * channels : unsafe outside
          let y11 = hasLower && hasRight ? unsafe y10 + channels : unsafe outside
          let start = ((row - rows.lowerBound) * grid.columns + column) * product.width
          var lane = 0
          while lane < channels {
            let (a0, b0) = transformColumn(product, 0, start + lane)
            let (a1, b1) = transformColumn(product, 1, start + lane)
            let (a2, b2) = transformColumn(product, 2, start + lane)
            let (a3, b3) = transformColumn(product, 3, start + lane)
            unsafe store(a0 + a1 + a2, y00, lane)
            unsafe store(a1 - a2 - a3, y01, lane)
            unsafe store(b0 + b1 + b2, y10, lane)
            unsafe store(b1 - b2 - b3, y11, lane)
            lane += Lanes.scalarCount
          }
        }
      }
    }

    /// A^T times column `index` of m.
    @inline(__always)
    private func transformColumn(_ product: Planes, _ index: Int, _ place: Int) -> (Lanes, Lanes) {
      let m0 = unsafe load(product.plane(index), place)
      let m1 = unsafe load(product.plane(4 + index), place)
      let m2 = unsafe load(product.plane(8 + index), place)
      let m3 = unsafe load(product.plane(12 + index), place)
      return (m0 + m1 + m2, m1 - m2 - m3)
    }
  }
}
