/// A frozen depthwise convolution over planes: three by three, one zero of padding, stride 1 or 2.
///
/// Eight neighbouring outputs of four rows below one another are summed at once, from rows that were copied between zeros
/// first, so that no border is tested inside the loop.
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

  /// Outputs below one another that are summed at once: with four, their sums and the nine taps fill the registers.
  fileprivate static let groupRows = 4
  /// Tasks that are enough for threads to end at about the same time.
  private static let enoughTasks = 16

  /// - Shapes: `weight` [C, 1, 3, 3]; `bias` [C], nil for zeros; `input` [N, C, H, W].
  package init(weight: Tensor, bias: Tensor?, activation: PlaneActivation, stride: Int, input: Shape) {
    precondition(
      input.rank == 4 && input[2] > 0 && input[3] > 0 && weight.shape == [input[1], 1, 3, 3] && (1...2).contains(stride)
        && bias.map { $0.shape == [input[1]] } ?? true,
      "planar depthwise convolution: input \(input), weight \(weight.shape), stride \(stride)")
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
      let rows = Storage(bytes: layer.staging.count * MemoryLayout<Float>.stride)
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
      for group in Swift.stride(from: 0, to: count, by: Self.groupRows) {
        let start = unsafe rows + Stride.value * group * staging.pitch
        let place = (first + group) * width
        let existing = min(Self.groupRows, count - group)
        var column = 0
        while column < width {
          // The last vector of a row overlaps the one before; a row that is shorter runs over into the next row, which
          // is written later.
          column = max(0, min(column, width - Lanes.scalarCount))
          let sums = unsafe sums(step, start + column, taps, bias)
          unsafe store(sums, existing, place + column, into: output, pitch)
          column += Lanes.scalarCount
        }
      }
      first += count
    }
  }

  /// Eight neighbouring outputs in each of four rows.
  @inline(__always)
  private func sums<Stride: WindowStride>(
    _: Stride.Type, _ rows: UnsafeMutablePointer<Float>, _ taps: PlanarTaps, _ bias: Lanes
  ) -> (Lanes, Lanes, Lanes, Lanes) {
    var (a, b, c, d) = (bias, bias, bias, bias)
    let staging = self.staging
    @inline(__always)
    func add(_ row: Int) {
      let line = unsafe rows + row * staging.pitch
      let pixels = unsafe (
        load(line, staging.left), load(line, staging.middle), load(line, staging.right)
      )
      taps.apply(pixels, row: row, to: &a)
      taps.apply(pixels, row: row - Stride.value, to: &b)
      taps.apply(pixels, row: row - 2 * Stride.value, to: &c)
      taps.apply(pixels, row: row - 3 * Stride.value, to: &d)
    }
    add(0)
    add(1)
    add(2)
    add(3)
    add(4)
    add(5)
    if Stride.value == 2 {
      add(6)
      add(7)
      add(8)
    }
    return (bounds.clamp(a), bounds.clamp(b), bounds.clamp(c), bounds.clamp(d))
  }

  @inline(__always)
  private func store(
    _ sums: (Lanes, Lanes, Lanes, Lanes), _ rows: Int, _ place: Int, into output: UnsafeMutablePointer<Float>,
    _ pitch: Int
  ) {
    let width = outputShape[3]
    unsafe store(sums.0, place, into: output, pitch)
    if rows > 1 { unsafe store(sums.1, place + width, into: output, pitch) }
    if rows > 2 { unsafe store(sums.2, place + 2 * width, into: output, pitch) }
    if rows > 3 { unsafe store(sums.3, place + 3 * width, into: output, pitch) }
  }

  @inline(__always)
  private func store(_ sums: Lanes, _ place: Int, into output: UnsafeMutablePointer<Float>, _ pitch: Int) {
    if place + Lanes.scalarCount <= pitch {
      unsafe Kernels.store(sums, output, place)
    } else {
      for lane in 0..<pitch - place { unsafe output[place + lane] = sums[lane] }
    }
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
    let group = PlanarDepthwise.groupRows
    let all = (outputHeight + group - 1) / group * group
    outputRows = min(all, max(group, Self.wanted / (pitch * stride) / group * group))
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

  /// Adds to `output` what row `row`, counted from the first that the output reads, gives.
  @inline(__always)
  func apply(_ pixels: (Lanes, Lanes, Lanes), row: Int, to output: inout Lanes) {
    switch row {
    case 0:
      output.addProduct(pixels.0, a)
      output.addProduct(pixels.1, b)
      output.addProduct(pixels.2, c)
    case 1:
      output.addProduct(pixels.0, d)
      output.addProduct(pixels.1, e)
      output.addProduct(pixels.2, f)
    case 2:
      output.addProduct(pixels.0, g)
      output.addProduct(pixels.1, h)
      output.addProduct(pixels.2, i)
    default: break
    }
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
  var index = 0
  let block = 2 * Lanes.scalarCount
  while index + block <= count {
    let pixels = unsafe UnsafeRawPointer(source + index).loadUnaligned(as: SIMD16<Float>.self)
    unsafe store(pixels.evenHalf, even, index / 2)
    unsafe store(pixels.oddHalf, odd, index / 2)
    index += block
  }
  while index < count {
    if index % 2 == 0 { unsafe even[index / 2] = source[index] } else { unsafe odd[index / 2] = source[index] }
    index += 1
  }
}
