/// What the windows of a convolution see, as planes: one for each channel and place in the window.
///
/// A convolution of any window is then a product with one plane a weight.
///
/// - Shapes: input [N, C, H, W]; output [N, C * Kh * Kw, Ho, Wo], in the order of a filter's weights.
/// - Cost: writes every output once, reads the input as often as there are places in the window.
package final class PlanarPatches {
  package let inputShape: Shape
  package let outputShape: Shape
  private let kernel: (height: Int, width: Int)
  private let geometry: ConvolutionGeometry

  /// - Precondition: one group; the window fits into the input with its padding.
  package init(kernel: (height: Int, width: Int), geometry: ConvolutionGeometry, input: Shape) {
    precondition(
      input.rank == 4 && geometry.groups == 1 && kernel.height <= input[2] + 2 * geometry.padding
        && kernel.width <= input[3] + 2 * geometry.padding,
      "planar patches: input \(input), window \(kernel), \(geometry)")
    self.kernel = kernel
    self.geometry = geometry
    inputShape = input
    outputShape = [
      input[0], input[1] * kernel.height * kernel.width, geometry.outputExtent(input[2], kernel: kernel.height),
      geometry.outputExtent(input[3], kernel: kernel.width),
    ]
  }

  /// - Precondition: the planes have the shapes that this was made for; the output shares no memory with the input.
  package func run(_ input: ImagePlanes, into output: ImagePlanes) {
    precondition(
      input.shape == inputShape && output.shape == outputShape,
      "planar patches of \(inputShape): input \(input.shape), output \(output.shape)")
    let planes = outputShape[0] * outputShape[1]
    let bands = SparseProduct.bands(outputShape)
    // Sound without isolation: each chunk writes its own planes, and the operands outlive the call.
    nonisolated(unsafe) let (layer, source, target) = (self, input, output)
    parallelTasks(bands * planes) { tasks in
      for task in tasks {
        let (band, plane) = task.quotientAndRemainder(dividingBy: planes)
        let height = unsafe layer.outputShape[2]
        let rows = height * band / bands..<height * (band + 1) / bands
        unsafe layer.copy(
          plane, rows, from: source, into: target.plane(0, plane) + rows.lowerBound * layer.outputShape[3])
      }
    }
  }

  /// Some rows of a plane, side by side from `target` on; planes of all images are counted together.
  func copy(
    _ plane: Int, _ range: Range<Int>, from input: ImagePlanes, into target: UnsafeMutablePointer<Float>
  ) {
    let area = kernel.height * kernel.width
    let (y, x) = (plane % area / kernel.width, plane % area % kernel.width)
    let source = unsafe input.plane(0, plane / area)
    let (height, width) = (inputShape[2], inputShape[3])
    let columns = outputShape[3]
    let (stride, padding) = (geometry.stride, geometry.padding)
    // Columns whose pixel is inside the image.
    let first = min(columns, max(0, (padding - x + stride - 1) / stride))
    let end = max(first, min(columns, (width + padding - x + stride - 1) / stride))
    for row in range {
      let results = unsafe target + (row - range.lowerBound) * columns
      let line = row * stride + y - padding
      guard line >= 0, line < height, first < end else {
        unsafe results.update(repeating: 0, count: columns)
        continue
      }
      for column in 0..<first { unsafe results[column] = 0 }
      let pixels = unsafe source + line * width + first * stride + x - padding
      let inside = unsafe results + first
      unsafe copy(pixels, every: stride, into: inside, end - first)
      for column in end..<columns { unsafe results[column] = 0 }
    }
  }

  /// Every `stride`-th of the numbers from `source` on, `count` of them.
  @inline(__always)
  private func copy(
    _ source: UnsafeMutablePointer<Float>, every stride: Int, into target: UnsafeMutablePointer<Float>, _ count: Int
  ) {
    if stride == 1 {
      unsafe target.update(from: source, count: count)
      return
    }
    var index = 0
    if stride == 2 {
      // A vector of eight reads sixteen numbers, the last of which is not wanted and may not exist.
      while index &+ Lanes.scalarCount < count {
        let numbers = unsafe UnsafeRawPointer(source + 2 &* index).loadUnaligned(as: SIMD16<Float>.self)
        unsafe store(numbers.evenHalf, target, index)
        index &+= Lanes.scalarCount
      }
    }
    while index < count {
      unsafe target[index] = source[index &* stride]
      index &+= 1
    }
  }
}
