// Where the passes find their pixels: images are cut into tiles of two by two.

extension DepthwiseConvolution {
  /// A batch of images in channels-last order.
  @safe struct Images {
    let channels: Int
    let height: Int
    let width: Int
    /// Pairs of rows of all images; the last pair of an image may lack its second row.
    let pairs: Int
    private let storage: Storage

    /// The images of `tensor`, brought into channels-last order.
    init(_ tensor: Tensor) {
      let shape = tensor.shape
      channels = shape[1]
      height = shape[2]
      width = shape[3]
      pairs = shape[0] * ((height + 1) / 2)
      storage = tensor.converted(to: .channelsLast(shape)).storage
    }

    /// Pairs of columns.
    var tileColumns: Int { (width + 1) / 2 }

    /// The image that a pair of rows belongs to, and its first row.
    func place(ofPair pair: Int) -> (image: Int, row: Int) {
      let tileRows = (height + 1) / 2
      return (pair / tileRows, 2 * (pair % tileRows))
    }

    /// Pairs of rows that make a chunk of about `count` numbers.
    func grain(_ count: Int) -> Int { max(1, count / (2 * width * channels)) }

    var floats: UnsafeMutablePointer<Float> { unsafe storage.floats }
  }

  /// A square of pixels of one image, by their addresses; pixels outside the image have the address of a pixel that
  /// belongs to the window alone.
  @safe final class Window {
    static let pitch = 5
    /// Row after row, `pitch` apart.
    let pixels: PixelTable
    /// The rows' first pixels in the image, and the distance of their neighbours: none for rows outside the image.
    private let lines: UnsafeMutablePointer<(base: UnsafeMutablePointer<Float>, step: Int)>
    private let extent: Int
    private let outside: Storage
    private let images: Images

    /// Window of `extent` by `extent` pixels on `images`, with zeros outside.
    init(_ images: Images, extent: Int) {
      self.images = images
      self.extent = extent
      outside = Storage(bytes: images.channels * MemoryLayout<Float>.stride)
      unsafe outside.floats.update(repeating: 0, count: images.channels)
      unsafe pixels = .allocate(capacity: Self.pitch * Self.pitch)
      unsafe pixels.initialize(repeating: outside.floats, count: Self.pitch * Self.pitch)
      unsafe lines = .allocate(capacity: Self.pitch)
      unsafe lines.initialize(repeating: (outside.floats, 0), count: Self.pitch)
    }

    deinit {
      unsafe pixels.deallocate()
      unsafe lines.deallocate()
    }

    /// Takes the image's rows from `row` on, which may lie outside it.
    func move(image: Int, row: Int) {
      for y in 0..<extent {
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
      var square = unsafe pixels
      if column >= 0 && column &+ extent <= images.width {
        for y in 0..<extent {
          let (base, step) = unsafe lines[y]
          let first = unsafe base + column &* step
          // All of the pitch, not only the extent: a loop of constant length has no branches.
          for x in 0..<Self.pitch { unsafe square[x] = unsafe first + x &* step }
          unsafe square += Self.pitch
        }
        return
      }
      for y in 0..<extent {
        let (base, step) = unsafe lines[y]
        for x in 0..<extent {
          let isInside = column + x >= 0 && column + x < images.width
          unsafe square[x] = unsafe isInside ? base + (column + x) * step : outside.floats
        }
        unsafe square += Self.pitch
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

enum StrideOne: WindowStride {
  static var value: Int { 1 }
}

enum StrideTwo: WindowStride {
  static var value: Int { 2 }
}

/// Five neighbours of a window's row in eight channels.
struct PixelRow {
  let a, b, c, d, e: Lanes

  /// Row `row` of the window at `pixels`; the last only as far as a window for the stride reaches.
  @inline(__always)
  init<Stride: WindowStride>(
    _ pixels: PixelTable, row: Int, channel: Int, _: Stride.Type
  ) {
    let line = unsafe pixels + row * DepthwiseConvolution.Window.pitch
    a = unsafe load(line[0], channel)
    b = unsafe load(line[1], channel)
    c = unsafe load(line[2], channel)
    d = unsafe load(line[3], channel)
    e = Stride.value == 1 ? .zero : unsafe load(line[4], channel)
  }
}

/// The three taps of a filter's row in eight channels.
struct TapRow {
  var a, b, c: Lanes

  @inline(__always)
  init(_ taps: UnsafeMutablePointer<Float>, row: Int) {
    a = unsafe load(taps, (3 * row) * Lanes.scalarCount)
    b = unsafe load(taps, (3 * row + 1) * Lanes.scalarCount)
    c = unsafe load(taps, (3 * row + 2) * Lanes.scalarCount)
  }

  @inline(__always)
  func store(_ taps: UnsafeMutablePointer<Float>, row: Int) {
    unsafe Kernels.store(a, taps, (3 * row) * Lanes.scalarCount)
    unsafe Kernels.store(b, taps, (3 * row + 1) * Lanes.scalarCount)
    unsafe Kernels.store(c, taps, (3 * row + 2) * Lanes.scalarCount)
  }

  /// Adds what two neighbouring outputs' gradients give the taps that read `row`.
  @inline(__always)
  mutating func add<Stride: WindowStride>(_ gradient: PixelPair, _ row: PixelRow, _: Stride.Type) {
    a.addProduct(gradient.left, row.a)
    b.addProduct(gradient.left, row.b)
    c.addProduct(gradient.left, row.c)
    a.addProduct(gradient.right, Stride.value == 1 ? row.b : row.c)
    b.addProduct(gradient.right, Stride.value == 1 ? row.c : row.d)
    c.addProduct(gradient.right, Stride.value == 1 ? row.d : row.e)
  }
}

/// Two neighbours of a tile's row in eight channels.
struct PixelPair {
  var left, right: Lanes

  /// Zeros.
  @inline(__always)
  init() { (left, right) = (.zero, .zero) }

  @inline(__always)
  init(_ pixels: PixelTable, row: Int, channel: Int) {
    let line = unsafe pixels + row * DepthwiseConvolution.Window.pitch
    left = unsafe load(line[0], channel)
    right = unsafe load(line[1], channel)
  }

  @inline(__always)
  func store(_ pixels: PixelTable, row: Int, channel: Int) {
    let line = unsafe pixels + row * DepthwiseConvolution.Window.pitch
    unsafe Kernels.store(left, line[0], channel)
    unsafe Kernels.store(right, line[1], channel)
  }

  /// Adds what one row of the window gives to two outputs a stride apart.
  @inline(__always)
  mutating func add<Stride: WindowStride>(_ row: PixelRow, _ taps: TapRow, _: Stride.Type) {
    left.addProduct(row.a, taps.a)
    left.addProduct(row.b, taps.b)
    left.addProduct(row.c, taps.c)
    right.addProduct(Stride.value == 1 ? row.b : row.c, taps.a)
    right.addProduct(Stride.value == 1 ? row.c : row.d, taps.b)
    right.addProduct(Stride.value == 1 ? row.d : row.e, taps.c)
  }
}
