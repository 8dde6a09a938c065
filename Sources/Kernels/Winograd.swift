/// Convolution with 3x3 filters, stride 1 and padding 1 by Winograd's F(2x2, 3x3): 16 multiplications for each 2x2
/// tile of the output and pair of channels, where the definition takes 36.
///
/// Written Y = A^T [(G g G^T) * (B^T d B)] A for a filter g and a 4x4 patch d of the input, the inner product taken
/// element by element and summed over the input channels, which makes it sixteen matrix products.
///
/// - Shapes: input [N, H, W, C], output and upstream [N, H, W, K], contiguous, channels last; weight [K, C, 3, 3]
///   row-major.
/// - Precondition: C and K multiples of 8; H, W >= 1; every storage holds its tensor.
/// - Cost: 32 N ceil(H/2) ceil(W/2) C K operations a pass besides the transforms. Working memory: 16 C K numbers and
///   some 1500 K + 400 C a thread; for the weight gradient, sums of 16 C K or up to a million numbers.
/// - Source: Lavin, Gray, "Fast Algorithms for Convolutional Neural Networks", 2016, arXiv 1509.09308, section 4.1.
/// - Note: rounding differs from the definition's: numbers of a patch are added before they are multiplied.
struct Winograd {
  let images: Int
  let height: Int
  let width: Int
  /// Of the input.
  let channels: Int
  /// Channels of the output.
  let outputs: Int

  init(images: Int, height: Int, width: Int, channels: Int, outputs: Int) {
    precondition(
      images >= 0 && height > 0 && width > 0 && channels > 0 && outputs > 0 && channels % Lanes.scalarCount == 0
        && outputs % Lanes.scalarCount == 0,
      """
      winograd: input [\(images), \(height), \(width), \(channels)], weight [\(outputs), \(channels), 3, 3]: \
      channels come in eights
      """)
    self.images = images
    self.height = height
    self.width = width
    self.channels = channels
    self.outputs = outputs
  }

  /// Convolution (cross-correlation) of `input` with `weight`.
  func forward(_ input: Storage, weight: Storage, into output: Storage) {
    check(input, weight, output)
    let filters = TransformedFilters(
      weight, outputs: outputs, sums: channels, outputStride: 9 * channels, sumStride: 9, isRotated: false)
    convolve(input, filters, into: output)
  }

  /// Gradient at the input: `upstream` convolved with the filters turned by 180 degrees, inputs and outputs exchanged.
  func inputGradient(_ upstream: Storage, weight: Storage, into gradient: Storage) {
    check(gradient, weight, upstream)
    let filters = TransformedFilters(
      weight, outputs: channels, sums: outputs, outputStride: 9, sumStride: 9 * channels, isRotated: true)
    convolve(upstream, filters, into: gradient)
  }

  func check(_ input: Storage, _ weight: Storage, _ output: Storage) {
    let pixels = images * height * width
    let needed = [pixels * channels, 9 * channels * outputs, pixels * outputs].map { $0 * MemoryLayout<Float>.stride }
    let given = [input, weight, output].map(\.block.capacity)
    precondition(
      zip(needed, given).allSatisfy { $0 <= $1 },
      "winograd: input, weight and output of \(needed) bytes in storages of \(given)")
  }

  private func convolve(_ source: Storage, _ filters: TransformedFilters, into target: Storage) {
    let grid = TileGrid(images: images, height: height, width: width)
    let rowsOfChunk = grid.rowsOfChunk(tiles: Winograd.tilesOfChunk)
    // Sound without isolation: each chunk writes its own rows of the output, and the storages outlive the call.
    nonisolated(unsafe) let (x, y) = unsafe (source.floats, target.floats)
    parallel(grid.rows, grain: rowsOfChunk) { rows in
      let tiles = rows.count * grid.columns
      // Even and at least 4, as the products want it.
      let paddedTiles = max(4, (tiles + 1) / 2 * 2)
      let pixels = PixelRows(grid, channels: filters.sums)
      let patch = Planes(count: 4, rows: paddedTiles, width: filters.sums)
      let product = Planes(count: 16, rows: paddedTiles, width: filters.paddedOutputs)
      patch.clear(from: tiles)
      for vertical in 0..<4 {
        unsafe pixels.transformInput(x, rows, vertical, into: patch)
        for horizontal in 0..<4 {
          let position = 4 * vertical + horizontal
          let factor = unsafe Factor(base: patch.plane(horizontal), rowStride: filters.sums, stepStride: 1)
          for panel in 0..<filters.panels {
            unsafe Winograd.multiply(
              factor, rows: paddedTiles, steps: filters.sums, panel: filters.panel(panel, position),
              panelStride: Winograd.panelWidth,
              into: product.plane(position) + panel * Winograd.panelWidth, resultStride: filters.paddedOutputs,
              isAdding: false)
          }
        }
      }
      unsafe OutputTiles(grid, channels: filters.outputs).transform(product, rows, into: y)
    }
  }

  /// Tiles that are worked on at a time.
  ///
  /// Enough that reading the filters again for each chunk does not show, few enough that the products of 64 channels
  /// stay in a core's second-level cache; from 48 to 192 times hardly differ.
  private static let tilesOfChunk = 96
}

/// The 2x2 tiles of the output of a batch of images: `columns` in each of `rows` rows, all images one above the other.
struct TileGrid {
  let height: Int
  let width: Int
  let rowsOfImage: Int
  let rows: Int
  let columns: Int

  init(images: Int, height: Int, width: Int) {
    self.height = height
    self.width = width
    rowsOfImage = (height + 1) / 2
    rows = images * rowsOfImage
    columns = (width + 1) / 2
  }

  /// Rows of a chunk of about `tiles` tiles, such that there is an even number of chunks of nearly one size.
  func rowsOfChunk(tiles: Int) -> Int {
    let pairs = max(1, (rows * columns + tiles) / (2 * tiles))
    return max(1, (rows + 2 * pairs - 1) / (2 * pairs))
  }
}

/// Matrices of one size, far enough from powers of two that their elements do not compete for the same cache lines.
@safe struct Planes {
  let rows: Int
  let width: Int
  private let stride: Int
  private let count: Int
  private let storage: Storage
  private let base: UnsafeMutablePointer<Float>

  init(count: Int, rows: Int, width: Int) {
    self.count = count
    self.rows = rows
    self.width = width
    stride = (rows * width + 1023) / 1024 * 1024 + 64
    storage = Storage(bytes: count * stride * MemoryLayout<Float>.stride)
    unsafe base = storage.floats
  }

  @inline(__always)
  func plane(_ index: Int) -> UnsafeMutablePointer<Float> { unsafe base + index * stride }

  /// Zeros in the rows from `row` on, which only fill up a product.
  func clear(from row: Int) {
    for index in 0..<count {
      unsafe (plane(index) + row * width).update(repeating: 0, count: (rows - row) * width)
    }
  }
}
