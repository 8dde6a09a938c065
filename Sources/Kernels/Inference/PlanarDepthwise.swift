/// A frozen depthwise convolution over planes: three by three, one zero of padding, stride 1 or 2.
///
/// Eight neighbouring outputs are a vector. Small planes are gone through in columns of vectors from top to bottom: a
/// row's pixels are read once and added to the sums of the two or three rows of outputs that they belong to. Large ones are
/// gone through row after row, which reads more often what the first cache holds, but in the order that the processor
/// foresees.
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
  private let columns: WindowColumns

  /// Pixels of the largest plane that is gone through in columns: one page.
  private static let mostPixels = 1024

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
    columns = WindowColumns(outputShape[3], stride: stride, width: input[3])
  }

  /// - Precondition: the planes have the shapes that this was made for; the output shares no memory with the input.
  package func run(_ input: ImagePlanes, into output: ImagePlanes) {
    precondition(
      input.shape == inputShape && output.shape == outputShape,
      "planar depthwise convolution of \(inputShape): input \(input.shape), output \(output.shape)")
    // Sound without isolation: each chunk writes its own planes, and the operands outlive the call.
    nonisolated(unsafe) let (layer, source, target) = (self, input, output)
    let planes = inputShape[0] * inputShape[1]
    // Of rows, each of which is a task a plane. A row shorter than a vector is written over the beginning of the next one.
    let bands = outputShape[3] < Lanes.scalarCount ? 1 : SparseProduct.bands(outputShape)
    parallelTasks(bands * planes) { tasks in
      let layer = unsafe layer
      for task in tasks {
        let (band, plane) = task.quotientAndRemainder(dividingBy: planes)
        let height = layer.outputShape[2]
        let rows = height * band / bands..<height * (band + 1) / bands
        let (from, to) = unsafe (source.plane(0, plane), target.plane(0, plane))
        unsafe layer.run(rows, plane % layer.inputShape[1], from, into: to, pitch: target.pitch)
      }
    }
  }

  /// `rows` of one channel's outputs; `input` and `output` are where row 0 is.
  private func run(
    _ rows: Range<Int>, _ channel: Int, _ input: UnsafeMutablePointer<Float>,
    into output: UnsafeMutablePointer<Float>, pitch: Int
  ) {
    let plane = unsafe WindowPlane(
      taps: taps.floats + 9 * channel, bias: bias.floats[channel], lower: bounds.lower[0], upper: bounds.upper[0],
      height: inputShape[2], width: inputShape[3], outputWidth: outputShape[3], pitch: pitch)
    // Rows that have others above and below.
    let first = max(rows.lowerBound, 1)
    let middle = first..<max(first, min(rows.upperBound, (inputShape[2] - 2) / stride + 1))
    guard inputShape[2] * inputShape[3] > Self.mostPixels, outputShape[3] >= Lanes.scalarCount, !middle.isEmpty else {
      return unsafe run(plane, rows, input, into: output)
    }
    unsafe run(plane, rows.lowerBound..<middle.lowerBound, input, into: output)
    if stride == 1 {
      unsafe plane.runAlong(middle, columns, input, into: output)
    } else {
      unsafe plane.runAlongByTwo(middle, columns, input, into: output)
    }
    unsafe run(plane, middle.upperBound..<rows.upperBound, input, into: output)
  }

  /// `rows` in columns.
  private func run(
    _ plane: WindowPlane, _ rows: Range<Int>, _ input: UnsafeMutablePointer<Float>,
    into output: UnsafeMutablePointer<Float>
  ) {
    guard !rows.isEmpty else { return }
    for index in 0..<columns.count {
      let column = unsafe columns[index]
      if stride == 1 {
        unsafe plane.run(rows, column, input, into: output)
      } else {
        unsafe plane.runByTwo(rows, column, input, into: output)
      }
    }
  }
}
