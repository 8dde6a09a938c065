// Rows of tiles between the images and the matrices that are multiplied. Lanes are channels.

extension Winograd {
  /// Transforms of the images' rows of pixels, two at a time.
  ///
  /// Every transform first combines two rows of pixels to one line, then two pixels of the line. What lies outside an
  /// image is a row of zeros, and zeros at both ends of the line, so that no tile is a special case.
  @safe struct TileLines {
    private let grid: TileGrid
    private let channels: Int
    private let storage: Storage
    /// A row of pixels that are zero.
    private let zeros: UnsafeMutablePointer<Float>
    /// One combined row with a zero pixel before it and one or two after it.
    private let line: UnsafeMutablePointer<Float>

    init(_ grid: TileGrid, channels: Int) {
      self.grid = grid
      self.channels = channels
      let lineCount = (2 * grid.columns + 2) * channels
      storage = Storage(bytes: 2 * lineCount * MemoryLayout<Float>.stride)
      unsafe zeros = storage.floats
      unsafe line = storage.floats + lineCount
      unsafe storage.floats.update(repeating: 0, count: 2 * lineCount)
    }

    /// Row `vertical` of B^T d B for all patches d of `rows`, B^T = [1 0 -1 0; 0 1 1 0; 0 -1 1 0; 0 1 0 -1].
    ///
    /// - Shapes: `images` [N, H, W, channels]; four planes of `result` [tiles, channels], rows `result.width` apart.
    func transformInput(
      _ images: UnsafeMutablePointer<Float>, _ rows: Range<Int>, _ vertical: Int, into result: Planes
    ) {
      let first = [0, 1, 2, 1][vertical]
      let second = [2, 2, 1, 3][vertical]
      let sign: Float = vertical == 1 ? 1 : -1
      for row in rows {
        let top = 2 * (row % grid.rowsOfImage) - 1
        let image = unsafe images + row / grid.rowsOfImage * grid.height * grid.width * channels
        unsafe combine(pixels(image, top + first), pixels(image, top + second), sign)
        let start = (row - rows.lowerBound) * grid.columns * result.width
        let targets = unsafe (
          result.plane(0) + start, result.plane(1) + start, result.plane(2) + start, result.plane(3) + start
        )
        for column in 0..<grid.columns {
          let source = unsafe line + 2 * column * channels
          let place = column * result.width
          let (v0, v1) = unsafe (targets.0 + place, targets.1 + place)
          let (v2, v3) = unsafe (targets.2 + place, targets.3 + place)
          var lane = 0
          while lane < channels {
            let e0 = unsafe load(source, lane)
            let e1 = unsafe load(source + channels, lane)
            let e2 = unsafe load(source + 2 * channels, lane)
            let e3 = unsafe load(source + 3 * channels, lane)
            unsafe store(e0 - e2, v0, lane)
            unsafe store(e1 + e2, v1, lane)
            unsafe store(e2 - e1, v2, lane)
            unsafe store(e1 - e3, v3, lane)
            lane += Lanes.scalarCount
          }
        }
      }
    }

    /// Row `vertical` of A y A^T for all tiles y of `rows`, A = [1 0; 1 1; 1 -1; 0 -1].
    ///
    /// - Shapes: `images` [N, H, W, channels]; four planes of `result` [tiles, channels], rows `result.width` apart.
    func transformUpstream(
      _ images: UnsafeMutablePointer<Float>, _ rows: Range<Int>, _ vertical: Int, into result: Planes
    ) {
      let sign: Float = vertical < 2 ? 1 : -1
      for row in rows {
        let top = 2 * (row % grid.rowsOfImage)
        let image = unsafe images + row / grid.rowsOfImage * grid.height * grid.width * channels
        let first = vertical < 3 ? unsafe pixels(image, top) : unsafe zeros
        let second = vertical > 0 ? unsafe pixels(image, top + 1) : unsafe zeros
        unsafe combine(first, second, sign)
        let start = (row - rows.lowerBound) * grid.columns * result.width
        let targets = unsafe (
          result.plane(0) + start, result.plane(1) + start, result.plane(2) + start, result.plane(3) + start
        )
        for column in 0..<grid.columns {
          let source = unsafe line + (2 * column + 1) * channels
          let place = column * result.width
          let (v0, v1) = unsafe (targets.0 + place, targets.1 + place)
          let (v2, v3) = unsafe (targets.2 + place, targets.3 + place)
          var lane = 0
          while lane < channels {
            let e0 = unsafe load(source, lane)
            let e1 = unsafe load(source + channels, lane)
            unsafe store(e0, v0, lane)
            unsafe store(e0 + e1, v1, lane)
            unsafe store(e0 - e1, v2, lane)
            unsafe store(-e1, v3, lane)
            lane += Lanes.scalarCount
          }
        }
      }
    }

    /// Pixels of one row of an image, zeros if it has no such row.
    private func pixels(_ image: UnsafeMutablePointer<Float>, _ row: Int) -> UnsafeMutablePointer<Float> {
      row >= 0 && row < grid.height ? unsafe image + row * grid.width * channels : unsafe zeros
    }

    /// line = a + sign * b.
    private func combine(_ a: UnsafeMutablePointer<Float>, _ b: UnsafeMutablePointer<Float>, _ sign: Float) {
      let target = unsafe line + channels
      let factor = Lanes(repeating: sign)
      var index = 0
      while index < grid.width * channels {
        unsafe store(load(a, index).addingProduct(load(b, index), factor), target, index)
        index += Lanes.scalarCount
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
