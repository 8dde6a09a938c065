// Where the passes find their pixels. Images are cut into bands of a few rows, and bands into tiles of one column: so
// each row of a band is read or written from its beginning to its end, which is what the processor fetches ahead.

extension DepthwiseConvolution {
  /// A batch of images in channels-last order.
  @safe struct Images {
    let channels: Int
    let height: Int
    let width: Int
    private let count: Int
    private let storage: Storage

    /// The images of `tensor`, brought into channels-last order.
    init(_ tensor: Tensor) {
      let shape = tensor.shape
      channels = shape[1]
      height = shape[2]
      width = shape[3]
      count = shape[0]
      storage = tensor.converted(to: .channelsLast(shape)).storage
    }

    /// Bands of `rows` rows of all images; an image's last band may lack some.
    func bands(of rows: Int) -> Int { count * bandsOfImage(rows) }

    /// The image that a band belongs to, and its first row.
    func place(ofBand band: Int, of rows: Int) -> (image: Int, row: Int) {
      (band / bandsOfImage(rows), rows * (band % bandsOfImage(rows)))
    }

    /// Bands that make a chunk of about `count` numbers.
    func grain(bandsOf rows: Int, _ count: Int) -> Int { max(1, count / (rows * width * channels)) }

    private func bandsOfImage(_ rows: Int) -> Int { (height + rows - 1) / rows }

    var floats: UnsafeMutablePointer<Float> { unsafe storage.floats }
  }

  /// Rows and columns of pixels of one image, by their addresses; pixels outside the image have the address of a pixel
  /// that belongs to the window alone.
  @safe final class Window {
    static let pitch = 3
    /// Row after row, `pitch` apart.
    let pixels: PixelTable
    /// The rows' first pixels in the image, and the distance of their neighbours: none for rows outside the image.
    private let lines: UnsafeMutablePointer<(base: UnsafeMutablePointer<Float>, step: Int)>
    private let rows: Int
    private let columns: Int
    private let outside: Storage
    private let images: Images

    /// Window of `rows` by `columns` pixels on `images`, with zeros outside; at most `pitch` columns.
    init(_ images: Images, rows: Int, columns: Int) {
      self.images = images
      self.rows = rows
      self.columns = columns
      outside = Storage(bytes: images.channels * MemoryLayout<Float>.stride)
      unsafe outside.floats.update(repeating: 0, count: images.channels)
      unsafe pixels = .allocate(capacity: Self.pitch * rows)
      unsafe pixels.initialize(repeating: outside.floats, count: Self.pitch * rows)
      unsafe lines = .allocate(capacity: rows)
      unsafe lines.initialize(repeating: (outside.floats, 0), count: rows)
    }

    deinit {
      unsafe pixels.deallocate()
      unsafe lines.deallocate()
    }

    /// Takes the image's rows from `row` on, which may lie outside it.
    func move(image: Int, row: Int) {
      for y in 0..<rows {
        if row + y >= 0 && row + y < images.height {
          let start = (image * images.height + row + y) * images.width * images.channels
          unsafe lines[y] = unsafe (images.floats + start, images.channels)
        } else {
          unsafe lines[y] = unsafe (outside.floats, 0)
        }
      }
    }

    /// Takes the image's columns from `column` on, which may lie outside it.
    @inline(__always)
    func move(column: Int) {
      var line = unsafe pixels
      if column >= 0 && column &+ columns <= images.width {
        for y in 0..<rows {
          let (base, step) = unsafe lines[y]
          let first = unsafe base + column &* step
          // All of the pitch, not only the columns: a loop of constant length has no branches.
          for x in 0..<Self.pitch { unsafe line[x] = unsafe first + x &* step }
          unsafe line += Self.pitch
        }
        return
      }
      for y in 0..<rows {
        let (base, step) = unsafe lines[y]
        for x in 0..<columns {
          let isInside = column + x >= 0 && column + x < images.width
          unsafe line[x] = unsafe isInside ? base + (column + x) * step : outside.floats
        }
        unsafe line += Self.pitch
      }
    }
  }
}

/// Addresses of pixels, row after row.
typealias PixelTable = UnsafeMutablePointer<UnsafeMutablePointer<Float>>

/// How far the window moves from an output to the next, as a type: passed as a number, it would be tested inside the
/// loop over channels.
protocol WindowStride {
  static var value: Int { get }
}

extension WindowStride {
  /// Rows that four outputs below one another read.
  static var rows: Int { 3 * value + 3 }
}

enum StrideOne: WindowStride {
  static var value: Int { 1 }
}

enum StrideTwo: WindowStride {
  static var value: Int { 2 }
}

/// The three columns of a window's row in eight channels.
struct PixelRow {
  let a, b, c: Lanes

  @inline(__always)
  init(_ pixels: PixelTable, row: Int, channel: Int) {
    let line = unsafe pixels + row * DepthwiseConvolution.Window.pitch
    a = unsafe load(line[0], channel)
    b = unsafe load(line[1], channel)
    c = unsafe load(line[2], channel)
  }
}

/// Eight channels' filters, or their gradients.
struct Taps {
  private var first, second, third: TapRow

  @inline(__always)
  init(_ taps: UnsafeMutablePointer<Float>) {
    first = unsafe TapRow(taps)
    second = unsafe TapRow(taps + TapRow.count)
    third = unsafe TapRow(taps + 2 * TapRow.count)
  }

  @inline(__always)
  func store(_ taps: UnsafeMutablePointer<Float>) {
    unsafe first.store(taps)
    unsafe second.store(taps + TapRow.count)
    unsafe third.store(taps + 2 * TapRow.count)
  }

  subscript(row: Int, column: Int) -> Lanes {
    @inline(__always) get {
      let taps = row == 0 ? first : row == 1 ? second : third
      return column == 0 ? taps.a : column == 1 ? taps.b : taps.c
    }
  }

  /// Adds to `output` what the window's row `row`, counted from the first that the output reads, gives.
  @inline(__always)
  func apply(to pixels: PixelRow, row: Int, _ output: inout Lanes) {
    switch row {
    case 0: first.apply(to: pixels, &output)
    case 1: second.apply(to: pixels, &output)
    case 2: third.apply(to: pixels, &output)
    default: break
    }
  }

  /// Adds the gradient that an output's `upstream` gives to the taps that read `pixels`, rows counted as in `apply`.
  @inline(__always)
  mutating func add(_ upstream: Lanes, _ pixels: PixelRow, row: Int) {
    switch row {
    case 0: first.add(upstream, pixels)
    case 1: second.add(upstream, pixels)
    case 2: third.add(upstream, pixels)
    default: break
    }
  }
}

/// One row of eight channels' filters.
private struct TapRow {
  var a, b, c: Lanes

  /// Numbers in memory.
  static var count: Int { 3 * Lanes.scalarCount }

  @inline(__always)
  init(_ taps: UnsafeMutablePointer<Float>) {
    a = unsafe load(taps, 0)
    b = unsafe load(taps, Lanes.scalarCount)
    c = unsafe load(taps, 2 * Lanes.scalarCount)
  }

  @inline(__always)
  func store(_ taps: UnsafeMutablePointer<Float>) {
    unsafe Kernels.store(a, taps, 0)
    unsafe Kernels.store(b, taps, Lanes.scalarCount)
    unsafe Kernels.store(c, taps, 2 * Lanes.scalarCount)
  }

  @inline(__always)
  func apply(to pixels: PixelRow, _ output: inout Lanes) {
    output.addProduct(pixels.a, a)
    output.addProduct(pixels.b, b)
    output.addProduct(pixels.c, c)
  }

  @inline(__always)
  mutating func add(_ upstream: Lanes, _ pixels: PixelRow) {
    a.addProduct(upstream, pixels.a)
    b.addProduct(upstream, pixels.b)
    c.addProduct(upstream, pixels.c)
  }
}
