/// A frozen depthwise convolution over planes: three by three, one zero of padding, stride 1 or 2.
///
/// Eight neighbouring outputs are a vector. One row after the other: the nine taps stay in registers, and every product
/// reads its pixels from the first cache, which costs no more than the products do. By two, rows are copied first, pixels
/// of even and of odd columns apart.
///
/// - Shapes: input [N, C, H, W]; output [N, C, Ho, Wo].
/// - Cost: reads the input about once and writes the output once; 9 products an output.
/// - Note: results do not depend on the number of threads.
package final class PlanarDepthwise {
  package let inputShape: Shape
  package let outputShape: Shape
  private let stride: Int
  /// Nine a channel.
  private let taps: Storage
  private let bias: Storage
  private let bounds: ActivationBounds
  private let staging: StagedRows
  private let masks = EdgeMasks()
  /// Of rows, each of which is a task a plane.
  private let bands: Int

  /// - Shapes: `weight` [C, 1, 3, 3]; `bias` [C], nil for zeros; `input` [N, C, H, W].
  package init(weight: Tensor, bias: Tensor?, activation: PlaneActivation, stride: Int, input: Shape) {
    precondition(
      input.rank == 4 && input[2] > 0 && input[3] > 0 && weight.shape == [input[1], 1, 3, 3] && (1...2).contains(stride)
        && bias.map { $0.shape == [input[1]] } ?? true && !activation.isSmooth,
      "planar depthwise convolution: input \(input), weight \(weight.shape), stride \(stride), \(activation)")
    inputShape = input
    outputShape = [input[0], input[1], (input[2] - 1) / stride + 1, (input[3] - 1) / stride + 1]
    self.stride = stride
    taps = weight.plain().storage
    self.bias = (bias ?? Tensor(repeating: 0, shape: [input[1]])).plain().storage
    bounds = activation.bounds
    staging = StagedRows(stride: stride, width: input[3], outputWidth: outputShape[3], outputHeight: outputShape[2])
    // A row shorter than a vector is written over the beginning of the next one.
    bands = outputShape[3] < Lanes.scalarCount ? 1 : SparseProduct.bands(outputShape)
  }

  /// - Precondition: the planes have the shapes that this was made for; the output shares no memory with the input.
  package func run(_ input: ImagePlanes, into output: ImagePlanes) {
    precondition(
      input.shape == inputShape && output.shape == outputShape,
      "planar depthwise convolution of \(inputShape): input \(input.shape), output \(output.shape)")
    // Sound without isolation: each chunk writes its own planes, and the operands outlive the call.
    nonisolated(unsafe) let (layer, source, target) = (self, input, output)
    let planes = inputShape[0] * inputShape[1]
    parallelPieces(bands * planes) { tasks in
      let layer = unsafe layer
      let staged = Storage(bytes: (layer.staging.count + Lanes.scalarCount) * MemoryLayout<Float>.stride)
      unsafe staged.floats.update(repeating: 0, count: layer.staging.count)
      for task in tasks {
        let (band, plane) = task.quotientAndRemainder(dividingBy: planes)
        let (height, bands) = (layer.outputShape[2], layer.bands)
        let rows = height * band / bands..<height * (band + 1) / bands
        let (from, to) = unsafe (source.plane(0, plane), target.plane(0, plane))
        if layer.stride == 1 {
          unsafe layer.convolve(from, plane, rows, zeros: staged.floats, into: to, target.pitch)
        } else {
          unsafe layer.convolveByTwo(from, plane, rows, staged.floats, into: to, target.pitch)
        }
      }
    }
  }

  /// Pixels by one: rows are read where they are, and what lies beside them is left out lane by lane.
  private func convolve(
    _ input: UnsafeMutablePointer<Float>, _ plane: Int, _ range: Range<Int>, zeros: UnsafeMutablePointer<Float>,
    into output: UnsafeMutablePointer<Float>, _ pitch: Int
  ) {
    let channel = plane % inputShape[1]
    let taps = unsafe PlanarTaps(self.taps.floats + 9 * channel)
    let bias = unsafe Lanes(repeating: self.bias.floats[channel])
    let (height, width, lanes, bounds) = (outputShape[2], outputShape[3], Lanes.scalarCount, bounds)
    let (outside, spare) = unsafe (zeros + 1, zeros + staging.count)
    let last = max(0, width &- lanes)
    let (start, end) = (RowEdges(masks, column: 0, width: width), RowEdges(masks, column: last, width: width))
    for row in range {
      let middle = unsafe input + row &* width
      let above = unsafe row > 0 ? middle - width : outside
      let below = unsafe row &+ 1 < height ? middle + width : outside
      // A row shorter than a vector runs over into the next row, which is written later, but not out of the plane.
      let room = pitch &- row &* width
      // Whole vectors only: where lanes are taken apart, the compiler computes the sum lane by lane, several times as slowly.
      let target = unsafe lanes <= room ? output + row &* width : spare
      var first = bias
      unsafe taps.add(above, middle, below, start, to: &first)
      unsafe store(bounds.clamp(first), target, 0)
      var column = lanes
      while column < last {
        var sum = bias
        unsafe taps.add(above + column, middle + column, below + column, to: &sum)
        unsafe store(bounds.clamp(sum), target, column)
        column &+= lanes
      }
      // The row's last vector overlaps the one before.
      if last > 0 {
        var sum = bias
        unsafe taps.add(above + last, middle + last, below + last, end, to: &sum)
        unsafe store(bounds.clamp(sum), target, last)
      }
      if room < lanes { unsafe (output + row &* width).update(from: spare, count: room) }
    }
  }

  /// Pixels by two, from staged rows.
  private func convolveByTwo(
    _ input: UnsafeMutablePointer<Float>, _ plane: Int, _ range: Range<Int>, _ rows: UnsafeMutablePointer<Float>,
    into output: UnsafeMutablePointer<Float>, _ pitch: Int
  ) {
    let channel = plane % inputShape[1]
    let taps = unsafe PlanarTaps(self.taps.floats + 9 * channel)
    let bias = unsafe Lanes(repeating: self.bias.floats[channel])
    let width = outputShape[3]
    var first = range.lowerBound
    while first < range.upperBound {
      let count = min(staging.outputRows, range.upperBound - first)
      unsafe stage(input, from: 2 * first - 1, rows: 2 * count + 1, into: rows)
      for row in 0..<count {
        let place = (first + row) * width
        unsafe convolve(
          rows + 2 * row * staging.pitch, taps, bias, into: output + place, width, room: pitch - place,
          spare: rows + staging.count)
      }
      first += count
    }
  }

  /// One row of outputs; `room` is what there is behind `output` in its plane, `spare` has room for a vector.
  ///
  /// The row's last vector overlaps the one before. A row shorter than a vector runs over into the next row, which is
  /// written later, but not out of the plane.
  @inline(__always)
  private func convolve(
    _ line: UnsafeMutablePointer<Float>, _ taps: PlanarTaps, _ bias: Lanes, into output: UnsafeMutablePointer<Float>,
    _ width: Int, room: Int, spare: UnsafeMutablePointer<Float>
  ) {
    let (staging, bounds) = (staging, bounds)
    let (left, middle, right) = unsafe (line + staging.left, line + staging.middle, line + staging.right)
    // Whole vectors only: where lanes are taken apart, the compiler computes the sum lane by lane, several times as slowly.
    let target = unsafe Lanes.scalarCount <= room ? output : spare
    var column = 0
    while column < width {
      column = max(0, min(column, width &- Lanes.scalarCount))
      var sum = bias
      unsafe taps.add(left + column, middle + column, right + column, pitch: staging.pitch, to: &sum)
      unsafe store(bounds.clamp(sum), target, column)
      column &+= Lanes.scalarCount
    }
    if room < Lanes.scalarCount { unsafe output.update(from: spare, count: room) }
  }

  /// Copies rows of the image between zeros; rows outside of it are zeros.
  @inline(__always)
  private func stage(
    _ input: UnsafeMutablePointer<Float>, from first: Int, rows: Int, into staged: UnsafeMutablePointer<Float>
  ) {
    let (height, width) = (inputShape[2], inputShape[3])
    for row in 0..<rows {
      let target = unsafe staged + row * staging.pitch
      if first + row < 0 || first + row >= height {
        unsafe target.update(repeating: 0, count: staging.pitch)
      } else {
        unsafe separate(
          input + (first + row) * width, even: target + staging.middle, odd: target + staging.left + 1, width)
      }
    }
  }
}

/// Where rows of the image lie while outputs of a convolution by two are summed.
///
/// Pixels of even and odd columns lie apart, so that those of neighbouring outputs are neighbours. By one, only a row of
/// zeros is needed.
private struct StagedRows {
  /// Distance of two rows.
  let pitch: Int
  /// Where the pixels to the left of the first outputs' centres begin.
  let left: Int
  /// Where their centres begin.
  let middle: Int
  /// Where the pixels to the right of them begin.
  let right: Int
  /// Outputs that the rows are enough for.
  let outputRows: Int
  /// Numbers in memory.
  let count: Int

  /// Numbers that stay in the first cache.
  private static let wanted = 4096

  init(stride: Int, width: Int, outputWidth: Int, outputHeight: Int) {
    let vectors = max(outputWidth, Lanes.scalarCount)
    left = 0
    middle = vectors + 1
    right = 1
    pitch = 2 * vectors + 1
    outputRows = min(outputHeight, max(4, Self.wanted / (pitch * stride)))
    count = stride == 1 ? width + 2 * Lanes.scalarCount : pitch * (stride * outputRows + 3 - stride)
  }
}

/// Nine taps, each in eight lanes.
private struct PlanarTaps {
  private let a, b, c, d, e, f, g, h, i: Lanes

  @inline(__always)
  init(_ taps: UnsafeMutablePointer<Float>) {
    (a, b, c) = unsafe (Lanes(repeating: taps[0]), Lanes(repeating: taps[1]), Lanes(repeating: taps[2]))
    (d, e, f) = unsafe (Lanes(repeating: taps[3]), Lanes(repeating: taps[4]), Lanes(repeating: taps[5]))
    (g, h, i) = unsafe (Lanes(repeating: taps[6]), Lanes(repeating: taps[7]), Lanes(repeating: taps[8]))
  }

  /// Adds the products with the pixels to the left, in the middle and to the right of three rows `pitch` apart.
  @inline(__always)
  func add(
    _ left: UnsafeMutablePointer<Float>, _ middle: UnsafeMutablePointer<Float>, _ right: UnsafeMutablePointer<Float>,
    pitch: Int, to sum: inout Lanes
  ) {
    unsafe sum.addProduct(load(left, 0), a)
    unsafe sum.addProduct(load(middle, 0), b)
    unsafe sum.addProduct(load(right, 0), c)
    unsafe sum.addProduct(load(left, pitch), d)
    unsafe sum.addProduct(load(middle, pitch), e)
    unsafe sum.addProduct(load(right, pitch), f)
    unsafe sum.addProduct(load(left, 2 &* pitch), g)
    unsafe sum.addProduct(load(middle, 2 &* pitch), h)
    unsafe sum.addProduct(load(right, 2 &* pitch), i)
  }

  /// Adds the products with the pixels around those of three rows.
  @inline(__always)
  func add(
    _ above: UnsafeMutablePointer<Float>, _ middle: UnsafeMutablePointer<Float>, _ below: UnsafeMutablePointer<Float>,
    to sum: inout Lanes
  ) {
    unsafe sum.addProduct(load(above, -1), a)
    unsafe sum.addProduct(load(above, 0), b)
    unsafe sum.addProduct(load(above, 1), c)
    unsafe sum.addProduct(load(middle, -1), d)
    unsafe sum.addProduct(load(middle, 0), e)
    unsafe sum.addProduct(load(middle, 1), f)
    unsafe sum.addProduct(load(below, -1), g)
    unsafe sum.addProduct(load(below, 0), h)
    unsafe sum.addProduct(load(below, 1), i)
  }

  /// Does so at the ends of rows, beside which there are zeros.
  @inline(__always)
  func add(
    _ above: UnsafeMutablePointer<Float>, _ middle: UnsafeMutablePointer<Float>, _ below: UnsafeMutablePointer<Float>,
    _ edges: RowEdges, to sum: inout Lanes
  ) {
    unsafe sum.addProduct(edges.left(load(above, -1)), a)
    unsafe sum.addProduct(load(above, 0), b)
    unsafe sum.addProduct(edges.right(load(above, 1)), c)
    unsafe sum.addProduct(edges.left(load(middle, -1)), d)
    unsafe sum.addProduct(load(middle, 0), e)
    unsafe sum.addProduct(edges.right(load(middle, 1)), f)
    unsafe sum.addProduct(edges.left(load(below, -1)), g)
    unsafe sum.addProduct(load(below, 0), h)
    unsafe sum.addProduct(edges.right(load(below, 1)), i)
  }
}

/// Which lanes of a vector of a row have a pixel to their left and to their right.
private struct RowEdges {
  private let lefts: Lanes
  private let rights: Lanes

  /// Of the vector that begins at `column` of a row of `width` pixels.
  @inline(__always)
  init(_ masks: EdgeMasks, column: Int, width: Int) {
    let lanes = Lanes.scalarCount
    lefts = unsafe load(masks.floats, column == 0 ? 0 : 1)
    rights = unsafe load(masks.floats, 2 &* lanes &+ lanes &- min(lanes, width &- 1 &- column))
  }

  @inline(__always)
  func left(_ pixels: Lanes) -> Lanes { Self.kept(pixels, lefts) }

  @inline(__always)
  func right(_ pixels: Lanes) -> Lanes { Self.kept(pixels, rights) }

  /// Zeros in the lanes whose mask is zero, whatever is there.
  @inline(__always)
  private static func kept(_ pixels: Lanes, _ mask: Lanes) -> Lanes {
    unsafe unsafeBitCast(
      unsafeBitCast(pixels, to: SIMD8<UInt32>.self) & unsafeBitCast(mask, to: SIMD8<UInt32>.self), to: Lanes.self)
  }
}

/// Masks to load from: made by comparisons in the loop, they would be computed lane by lane.
///
/// From 0 on one lane of zeros and seven of ones, from 1 on eight of ones; from 16 on eight of ones and eight of zeros.
private final class EdgeMasks {
  private let storage = Storage(bytes: 32 * MemoryLayout<Float>.stride)

  init() {
    for index in 0..<32 {
      unsafe floats[index] = Float(bitPattern: index == 0 || index >= 24 ? 0 : .max)
    }
  }

  var floats: UnsafeMutablePointer<Float> { unsafe storage.floats }
}

/// Copies the numbers at even and at odd places of `source`'s first `count` to places of their own.
@inline(__always)
private func separate(
  _ source: UnsafeMutablePointer<Float>, even: UnsafeMutablePointer<Float>, odd: UnsafeMutablePointer<Float>,
  _ count: Int
) {
  let block = Lanes.scalarCount
  var index = 0
  if count >= block, count % 2 == 0 {
    while index < count {
      // The last block overlaps the one before.
      index = min(index, count &- block)
      let pixels = unsafe load(source, index)
      unsafe UnsafeMutableRawPointer(even + index / 2).storeBytes(of: pixels.evenHalf, as: SIMD4<Float>.self)
      unsafe UnsafeMutableRawPointer(odd + index / 2).storeBytes(of: pixels.oddHalf, as: SIMD4<Float>.self)
      index &+= block
    }
    return
  }
  while index < count {
    unsafe even[index / 2] = source[index]
    if index &+ 1 < count { unsafe odd[index / 2] = source[index &+ 1] }
    index &+= 2
  }
}
