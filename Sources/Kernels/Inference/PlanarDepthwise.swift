/// A frozen depthwise convolution over planes: three by three, one zero of padding, stride 1 or 2.
///
/// Eight neighbouring outputs are a vector, across the ends of rows, so that short rows waste no lanes. Rows are copied one
/// behind the other between rows of zeros first; at the ends of rows, where a window's left or right pixels belong to
/// another row, a mask takes them out. The nine taps stay in registers, and every product reads its pixels from the first
/// cache.
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
  private let edges: RowEdges
  /// Rows of outputs whose pixels are copied together; their outputs begin at a whole vector.
  private let bandRows: Int
  /// Planes that a task takes, with one memory for the copies.
  private let grain: Int

  /// Tasks that are enough for threads to end at about the same time.
  private static let enoughTasks = 16
  /// Pixels that stay in the first cache.
  private static let wanted = 4096
  /// Zeros before and behind the copies, for vectors that reach over.
  private static let slack = 2 * Lanes.scalarCount

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
    edges = RowEdges(width: outputShape[3])
    let wholeRows = edges.period / outputShape[3]
    let periods = (outputShape[2] + wholeRows - 1) / wholeRows
    bandRows = min(periods, max(1, Self.wanted / (edges.period * stride * stride))) * wholeRows
    grain = max(1, (input[0] * input[1] + Self.enoughTasks - 1) / Self.enoughTasks)
  }

  /// - Precondition: the planes have the shapes that this was made for; the output shares no memory with the input.
  package func run(_ input: ImagePlanes, into output: ImagePlanes) {
    precondition(
      input.shape == inputShape && output.shape == outputShape,
      "planar depthwise convolution of \(inputShape): input \(input.shape), output \(output.shape)")
    // Sound without isolation: each chunk writes its own planes, and the operands outlive the call.
    nonisolated(unsafe) let (layer, source, target) = (self, input, output)
    parallel(inputShape[0] * inputShape[1], grain: grain) { planes in
      let layer = unsafe layer
      let count = layer.stride * layer.stride * layer.partCount
      let rows = Storage(bytes: count * MemoryLayout<Float>.stride)
      unsafe rows.floats.update(repeating: 0, count: count)
      for plane in planes {
        unsafe layer.convolve(plane, source.plane(0, plane), rows.floats, into: target.plane(0, plane))
      }
    }
  }

  private func convolve(
    _ plane: Int, _ input: UnsafeMutablePointer<Float>, _ rows: UnsafeMutablePointer<Float>,
    into output: UnsafeMutablePointer<Float>
  ) {
    let channel = plane % inputShape[1]
    let taps = unsafe PlanarTaps(self.taps.floats + 9 * channel, bias: bias.floats[channel])
    let (height, width) = (outputShape[2], outputShape[3])
    var first = 0
    while first < height {
      let count = min(bandRows, height - first)
      let target = unsafe output + first * width
      if stride == 1 {
        unsafe copy(input, from: first - 1, rows: count + 2, into: rows + Self.slack)
        unsafe convolve(rows + Self.slack + width, taps, into: target, count * width)
      } else {
        unsafe separate(input, from: first, rows: count, into: rows + Self.slack)
        unsafe convolveSeparated(rows + Self.slack + width, taps, into: target, count * width)
      }
      first += count
    }
  }

  /// Outputs of a band whose first pixel is at `pixels`.
  private func convolve(
    _ pixels: UnsafeMutablePointer<Float>, _ taps: PlanarTaps, into output: UnsafeMutablePointer<Float>, _ count: Int
  ) {
    let (width, bounds) = (outputShape[3], bounds)
    let (above, below) = unsafe (pixels - width, pixels + width)
    edges.forEachVector(count) { index, isNotFirst, isNotLast in
      var (left, middle, right) = unsafe (
        load(above, index &- 1) * taps.a, taps.bias, load(above, index &+ 1) * taps.c
      )
      unsafe middle.addProduct(load(above, index), taps.b)
      unsafe left.addProduct(load(pixels, index &- 1), taps.d)
      unsafe middle.addProduct(load(pixels, index), taps.e)
      unsafe right.addProduct(load(pixels, index &+ 1), taps.f)
      unsafe left.addProduct(load(below, index &- 1), taps.g)
      unsafe middle.addProduct(load(below, index), taps.h)
      unsafe right.addProduct(load(below, index &+ 1), taps.i)
      let sum = middle + left.masked(by: isNotFirst) + right.masked(by: isNotLast)
      unsafe store(bounds.clamp(sum), output, index)
    }
  }

  /// The same of pixels that lie separated; `pixels` is the first of the odd rows' odd columns.
  private func convolveSeparated(
    _ pixels: UnsafeMutablePointer<Float>, _ taps: PlanarTaps, into output: UnsafeMutablePointer<Float>, _ count: Int
  ) {
    let (width, part, bounds) = (outputShape[3], partCount, bounds)
    let (below, belowEven) = unsafe (pixels, pixels + part)
    let (above, aboveEven) = unsafe (below - width, belowEven - width)
    let (same, sameEven) = unsafe (pixels + 2 * part, pixels + 3 * part)
    edges.forEachVector(count) { index, isNotFirst, _ in
      var (left, middle) = unsafe (load(above, index &- 1) * taps.a, taps.bias)
      var right = unsafe load(above, index) * taps.c
      unsafe middle.addProduct(load(aboveEven, index), taps.b)
      unsafe left.addProduct(load(same, index &- 1), taps.d)
      unsafe middle.addProduct(load(sameEven, index), taps.e)
      unsafe right.addProduct(load(same, index), taps.f)
      unsafe left.addProduct(load(below, index &- 1), taps.g)
      unsafe middle.addProduct(load(belowEven, index), taps.h)
      unsafe right.addProduct(load(below, index), taps.i)
      unsafe store(bounds.clamp(middle + right + left.masked(by: isNotFirst)), output, index)
    }
  }

  // MARK: Copies

  /// Numbers of one copy of a band: its rows, one more before and one behind, and what vectors reach over.
  private var partCount: Int { (bandRows + 2) * outputShape[3] + 2 * Self.slack }

  /// Copies rows of the image one behind the other; rows outside of it are zeros.
  private func copy(
    _ input: UnsafeMutablePointer<Float>, from first: Int, rows: Int, into target: UnsafeMutablePointer<Float>
  ) {
    let (height, width) = (inputShape[2], inputShape[3])
    let inside = max(0, first)..<min(height, first + rows)
    let start = unsafe target + (inside.lowerBound - first) * width
    if first < 0 { unsafe target.update(repeating: 0, count: width) }
    unsafe start.update(from: input + inside.lowerBound * width, count: inside.count * width)
    if first + rows > height { unsafe (start + inside.count * width).update(repeating: 0, count: width) }
  }

  /// Copies what the windows of `rows` rows of outputs from `first` on see, pixels of odd and of even rows and columns
  /// apart: odd rows' odd columns, their even ones, even rows' odd columns, their even ones.
  private func separate(
    _ input: UnsafeMutablePointer<Float>, from first: Int, rows: Int, into target: UnsafeMutablePointer<Float>
  ) {
    let (height, width, columns, part) = (inputShape[2], inputShape[3], outputShape[3], partCount)
    // The odd row before the first output's; the first even row lies at the second place.
    for line in 2 * first - 1...2 * (first + rows) - 1 {
      let place = unsafe target + ((line + 1) / 2 - first + (line % 2 == 0 ? 1 : 0)) * columns
      let odd = unsafe line % 2 == 0 ? place + 2 * part : place
      let even = unsafe odd + part
      if line < 0 || line >= height {
        unsafe odd.update(repeating: 0, count: columns)
        unsafe even.update(repeating: 0, count: columns)
      } else {
        unsafe Kernels.separate(input + line * width, even: even, odd: odd, width)
        if width % 2 != 0 { unsafe odd[columns - 1] = 0 }
      }
    }
  }
}

/// Nine taps and a bias, each in eight lanes.
private struct PlanarTaps {
  let a, b, c, d, e, f, g, h, i: Lanes
  let bias: Lanes

  @inline(__always)
  init(_ taps: UnsafeMutablePointer<Float>, bias: Float) {
    (a, b, c) = unsafe (Lanes(repeating: taps[0]), Lanes(repeating: taps[1]), Lanes(repeating: taps[2]))
    (d, e, f) = unsafe (Lanes(repeating: taps[3]), Lanes(repeating: taps[4]), Lanes(repeating: taps[5]))
    (g, h, i) = unsafe (Lanes(repeating: taps[6]), Lanes(repeating: taps[7]), Lanes(repeating: taps[8]))
    self.bias = Lanes(repeating: bias)
  }
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
