import CIntrinsics

/// Eight neighbouring columns of a depthwise convolution's outputs, and which of the pixels around them there are.
@unsafe struct WindowColumn {
  /// First column of the outputs.
  let first: Int
  fileprivate let masks: UnsafeMutablePointer<Mask8>

  /// Of the pixels to the left of the outputs' centres; by two, of 16 pixels from there on, the rest in `leftEnd`.
  var left: Mask8 { unsafe masks[0] }
  /// Of the centres; by two, of 16 pixels from the first centre on, the rest in `middleEnd`.
  var middle: Mask8 { unsafe masks[1] }
  /// Of the pixels to the right.
  var right: Mask8 { unsafe masks[2] }
  var leftEnd: Mask8 { unsafe masks[3] }
  var middleEnd: Mask8 { unsafe masks[4] }
  /// Of lanes, as `lanes_in_order` wants it.
  var order: Mask8 { unsafe masks[5] }
}

/// The columns that cover a row of outputs; the last one overlaps the one before.
///
/// Their masks are in memory, from where they are loaded: as values they would be copied in pieces first.
final class WindowColumns {
  let count: Int
  private let end: Int
  private let masks: Storage

  /// Masks of a column, of which six are used.
  private static let masksPerColumn = 8

  /// Of `outputs` outputs of rows of `width` pixels.
  init(_ outputs: Int, stride: Int, width: Int) {
    let lanes = Lanes.scalarCount
    count = (outputs + lanes - 1) / lanes
    end = max(0, outputs - lanes)
    masks = Storage(bytes: count * Self.masksPerColumn * MemoryLayout<Mask8>.stride)
    func mask(from pixel: Int) -> Mask8 {
      var mask = Mask8(repeating: 0)
      for lane in mask.indices where (0..<width).contains(pixel + lane) { mask[lane] = -1 }
      return mask
    }
    for index in 0..<count {
      let column = unsafe self[index]
      let centre = unsafe column.first * stride
      for (place, pixel) in [centre - 1, centre, centre + 1, centre - 1 + lanes, centre + lanes].enumerated() {
        unsafe column.masks[place] = mask(from: pixel)
      }
      unsafe column.masks[5] = [0, 1, 4, 5, 2, 3, 6, 7]
    }
  }

  subscript(index: Int) -> WindowColumn {
    let table = unsafe masks.block.pointer.assumingMemoryBound(to: Mask8.self)
    return unsafe WindowColumn(first: min(index &* Lanes.scalarCount, end), masks: table + Self.masksPerColumn &* index)
  }
}

/// A depthwise convolution of one plane.
///
/// Small, because it is handed on for every plane and some rows of it: taps go into registers where the loops are.
@unsafe struct WindowPlane {
  /// Nine.
  let taps: UnsafeMutablePointer<Float>
  let bias: Float
  let lower: Float
  let upper: Float
  /// Of the input.
  let height: Int
  let width: Int
  let outputWidth: Int
  /// Numbers of the output's plane.
  let pitch: Int

  /// `rows` of a column of outputs by one.
  func run(
    _ rows: Range<Int>, _ column: WindowColumn, _ input: UnsafeMutablePointer<Float>,
    into output: UnsafeMutablePointer<Float>
  ) {
    let window = unsafe Window(self)
    let (taps, bias) = (window.taps, window.bias)
    // Of the row above the one that is read, and of its own.
    var (above, own) = (bias, bias)
    let end = unsafe min(height, rows.upperBound &+ 1)
    var row = max(0, rows.lowerBound &- 1)
    var line = unsafe input + row &* width + column.first
    while row < end {
      let pixels = unsafe WindowPixels(line, column)
      above.add(pixels, taps.below)
      if row > rows.lowerBound { unsafe store(window.bounds.clamp(above), row &- 1, column, output) }
      own.add(pixels, taps.centre)
      above = own
      own = bias
      own.add(pixels, taps.above)
      row &+= 1
      unsafe line += width
    }
    if unsafe rows.upperBound == height { unsafe store(window.bounds.clamp(above), height &- 1, column, output) }
  }

  /// `rows` of a column of outputs by two.
  func runByTwo(
    _ rows: Range<Int>, _ column: WindowColumn, _ input: UnsafeMutablePointer<Float>,
    into output: UnsafeMutablePointer<Float>
  ) {
    let window = unsafe Window(self)
    let (taps, bias) = (window.taps, window.bias)
    var line = unsafe input + 2 &* (rows.lowerBound &* width + column.first)
    var sum = bias
    if rows.lowerBound > 0 { unsafe sum.add(WindowPixels(byTwo: line - width, column), taps.above) }
    for row in rows {
      unsafe sum.add(WindowPixels(byTwo: line, column), taps.centre)
      var next = bias
      if unsafe 2 &* row &+ 1 < height {
        let pixels = unsafe WindowPixels(byTwo: line + width, column)
        sum.add(pixels, taps.below)
        next.add(pixels, taps.above)
      }
      unsafe store(lanes_in_order(column.order, window.bounds.clamp(sum)), row, column, output)
      sum = next
      unsafe line += 2 &* width
    }
  }

  /// `rows` of all columns by one, row after row; they have rows above and below in the input, and eight columns.
  func runAlong(
    _ rows: Range<Int>, _ columns: WindowColumns, _ input: UnsafeMutablePointer<Float>,
    into output: UnsafeMutablePointer<Float>
  ) {
    let (window, width, outputWidth) = unsafe (Window(self), width, outputWidth)
    let (edge, last) = unsafe (columns[0], columns[columns.count &- 1])
    let end = unsafe last.first
    let bounds = window.bounds
    for row in rows {
      let (line, target) = unsafe (input + row &* width, output + row &* outputWidth)
      unsafe Kernels.store(bounds.clamp(window.sum(width) { unsafe WindowPixels(line + $0, edge) }), target, 0)
      var column = Lanes.scalarCount
      while column < end {
        let sum = window.sum(width) { unsafe WindowPixels(line + column + $0) }
        unsafe Kernels.store(bounds.clamp(sum), target, column)
        column &+= Lanes.scalarCount
      }
      unsafe Kernels.store(bounds.clamp(window.sum(width) { unsafe WindowPixels(line + end + $0, last) }), target, end)
    }
  }

  /// `rows` of all columns by two, row after row.
  func runAlongByTwo(
    _ rows: Range<Int>, _ columns: WindowColumns, _ input: UnsafeMutablePointer<Float>,
    into output: UnsafeMutablePointer<Float>
  ) {
    let (window, width) = unsafe (Window(self), width)
    let bounds = window.bounds
    let (edge, last) = unsafe (columns[0], columns[columns.count &- 1])
    let (end, order) = unsafe (last.first, last.order)
    for row in rows {
      let (line, target) = unsafe (input + 2 &* row &* width, output + row &* outputWidth)
      var sum = window.sum(width) { unsafe WindowPixels(byTwo: line + $0, edge) }
      unsafe Kernels.store(lanes_in_order(order, bounds.clamp(sum)), target, 0)
      var column = Lanes.scalarCount
      while column < end {
        sum = window.sum(width) { unsafe WindowPixels(byTwo: line + 2 &* column + $0) }
        unsafe Kernels.store(lanes_in_order(order, bounds.clamp(sum)), target, column)
        column &+= Lanes.scalarCount
      }
      sum = window.sum(width) { unsafe WindowPixels(byTwo: line + 2 &* end + $0, last) }
      unsafe Kernels.store(lanes_in_order(order, bounds.clamp(sum)), target, end)
    }
  }

  /// Writes eight outputs of a row.
  ///
  /// A row shorter than a vector runs over into the next row, which is written later, but not out of the plane.
  @inline(__always)
  private func store(_ lanes: Lanes, _ row: Int, _ column: WindowColumn, _ output: UnsafeMutablePointer<Float>) {
    let place = unsafe row &* outputWidth &+ column.first
    guard unsafe place &+ Lanes.scalarCount > pitch else { return unsafe Kernels.store(lanes, output, place) }
    for lane in unsafe 0..<pitch &- place { unsafe output[place &+ lane] = lanes[lane] }
  }
}

/// What a loop over a plane keeps in registers.
private struct Window {
  let taps: WindowTaps
  let bias: Lanes
  let bounds: ActivationBounds

  @inline(__always)
  init(_ plane: WindowPlane) {
    taps = unsafe WindowTaps(plane.taps)
    bias = unsafe Lanes(repeating: plane.bias)
    bounds = unsafe ActivationBounds(lower: plane.lower, upper: plane.upper)
  }

  /// Of the rows above, at and below the centres, which `pixels` reads at these distances.
  @inline(__always)
  func sum(_ width: Int, _ pixels: (_ distance: Int) -> WindowPixels) -> Lanes {
    var sum = bias
    sum.add(pixels(-width), taps.above)
    sum.add(pixels(0), taps.centre)
    sum.add(pixels(width), taps.below)
    return sum
  }
}

/// A row's pixels to the left of eight outputs' centres, at the centres, and to the right.
private struct WindowPixels {
  let left, middle, right: Lanes

  /// Around neighbouring pixels, of which the first is at `line`.
  @inline(__always)
  init(_ line: UnsafeMutablePointer<Float>, _ column: WindowColumn) {
    left = unsafe load_where(column.left, line - 1)
    middle = unsafe load_where(column.middle, line)
    right = unsafe load_where(column.right, line + 1)
  }

  /// The same away from the ends of rows.
  @inline(__always)
  init(_ line: UnsafeMutablePointer<Float>) {
    (left, middle, right) = unsafe (load_whole(line - 1), load_whole(line), load_whole(line + 1))
  }

  /// Around every other pixel, of which the first is at `line`, in the order of `even_lanes`.
  @inline(__always)
  init(byTwo line: UnsafeMutablePointer<Float>, _ column: WindowColumn) {
    let lanes = Lanes.scalarCount
    let (low, high) = unsafe (load_where(column.middle, line), load_where(column.middleEnd, line + lanes))
    left = unsafe even_lanes(load_where(column.left, line - 1), load_where(column.leftEnd, line - 1 + lanes))
    middle = even_lanes(low, high)
    right = odd_lanes(low, high)
  }

  /// The same away from the ends of rows.
  @inline(__always)
  init(byTwo line: UnsafeMutablePointer<Float>) {
    let lanes = Lanes.scalarCount
    let (low, high) = unsafe (load_whole(line), load_whole(line + lanes))
    left = unsafe even_lanes(load_whole(line - 1), load_whole(line - 1 + lanes))
    middle = even_lanes(low, high)
    right = odd_lanes(low, high)
  }
}

/// Nine taps, each in eight lanes.
struct WindowTaps {
  fileprivate let above, centre, below: Row

  fileprivate struct Row {
    let left, middle, right: Lanes

    @inline(__always)
    init(_ taps: UnsafeMutablePointer<Float>) {
      (left, middle, right) = unsafe (Lanes(repeating: taps[0]), Lanes(repeating: taps[1]), Lanes(repeating: taps[2]))
    }
  }

  @inline(__always)
  init(_ taps: UnsafeMutablePointer<Float>) {
    unsafe (above, centre, below) = (Row(taps), Row(taps + 3), Row(taps + 6))
  }
}

extension Lanes {
  /// Adds a row's products.
  @inline(__always)
  fileprivate mutating func add(_ pixels: WindowPixels, _ taps: WindowTaps.Row) {
    addProduct(pixels.left, taps.left)
    addProduct(pixels.middle, taps.middle)
    addProduct(pixels.right, taps.right)
  }
}
