/// A frozen depthwise convolution over planes: three by three, one zero of padding, stride 1 or 2.
///
/// Eight neighbouring outputs are a vector, summed from rows that were copied between zeros first, so that no border is
/// tested inside the loop. One row after the other: the nine taps stay in registers, and every product reads its pixels
/// from the first cache, which costs no more than the products do.
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
  /// Planes that a task takes, with one staging memory.
  private let grain: Int

  /// Tasks that are enough for threads to end at about the same time.
  private static let enoughTasks = 16

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
      let rows = Storage(bytes: (layer.staging.count + Lanes.scalarCount) * MemoryLayout<Float>.stride)
      unsafe rows.floats.update(repeating: 0, count: layer.staging.count)
      for plane in planes {
        let (from, to) = unsafe (source.plane(0, plane), target.plane(0, plane))
        if layer.stride == 1 {
          unsafe layer.convolve(from, StrideOne.self, rows.floats, plane, into: to, target.pitch)
        } else {
          unsafe layer.convolve(from, StrideTwo.self, rows.floats, plane, into: to, target.pitch)
        }
      }
    }
  }

  @inline(__always)
  private func convolve<Stride: WindowStride>(
    _ input: UnsafeMutablePointer<Float>, _ step: Stride.Type, _ rows: UnsafeMutablePointer<Float>, _ plane: Int,
    into output: UnsafeMutablePointer<Float>, _ pitch: Int
  ) {
    let channel = plane % inputShape[1]
    let taps = unsafe PlanarTaps(self.taps.floats + 9 * channel)
    let bias = unsafe Lanes(repeating: self.bias.floats[channel])
    let (height, width) = (outputShape[2], outputShape[3])
    var first = 0
    while first < height {
      let count = min(staging.outputRows, height - first)
      unsafe stage(input, step, from: Stride.value * first - 1, rows: Stride.value * (count - 1) + 3, into: rows)
      for row in 0..<count {
        let place = (first + row) * width
        unsafe convolve(
          rows + Stride.value * row * staging.pitch, taps, bias, into: output + place, width, room: pitch - place,
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
  private func stage<Stride: WindowStride>(
    _ input: UnsafeMutablePointer<Float>, _: Stride.Type, from first: Int, rows: Int,
    into staged: UnsafeMutablePointer<Float>
  ) {
    let (height, width) = (inputShape[2], inputShape[3])
    for row in 0..<rows {
      let target = unsafe staged + row * staging.pitch
      if first + row < 0 || first + row >= height {
        unsafe target.update(repeating: 0, count: staging.pitch)
      } else if Stride.value == 1 {
        unsafe copyVectors(input + (first + row) * width, into: target + staging.middle, width)
      } else {
        unsafe separate(
          input + (first + row) * width, even: target + staging.middle, odd: target + staging.left + 1, width)
      }
    }
  }
}

/// Where rows of the image lie while outputs are summed.
///
/// With stride 1 a row has a zero on each side. With stride 2 its pixels of even and odd columns lie apart, so that
/// those of neighbouring outputs are neighbours.
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
    middle = stride == 1 ? 1 : vectors + 1
    right = stride == 1 ? 2 : 1
    pitch = stride == 1 ? vectors + 2 : 2 * vectors + 1
    outputRows = min(outputHeight, max(4, Self.wanted / (pitch * stride)))
    count = pitch * (stride * outputRows + 3 - stride)
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
}

/// Copies `count` numbers in vectors, the last of which overlaps the one before.
@inline(__always)
private func copyVectors(_ source: UnsafeMutablePointer<Float>, into target: UnsafeMutablePointer<Float>, _ count: Int)
{
  guard count >= Lanes.scalarCount else {
    for index in 0..<count { unsafe target[index] = source[index] }
    return
  }
  var index = 0
  while index < count {
    index = min(index, count - Lanes.scalarCount)
    unsafe store(load(source, index), target, index)
    index += Lanes.scalarCount
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
