/// A frozen layer that multiplies every pixel's channels by a sparse matrix: a 1x1 convolution, or a linear map of tokens.
///
/// output[n, o, p] = activation(bias[o] + sum over c of weight[o, c] * input[n, c, p] + residual[n, o, p])
///
/// A strip of up to 64 pixels of one output channel stays in registers while the row's nonzero weights are gone through:
/// one load a vector and multiplication, no work for zeros. Compiled for one shape.
///
/// - Shapes: input [N, C, H, W]; output and residual [N, O, H, W].
/// - Cost: 2 operations a nonzero weight and pixel; a block of channels of a strip stays in the first cache.
/// - Source: the idea of Elsen et al. 2020, arXiv 1911.09723, section 3.
/// - Note: each output is summed in the order of the columns whatever the number of threads.
package final class SparseProduct {
  package let inputShape: Shape
  package let outputShape: Shape
  package var nonzeros: Int { rows.nonzeros }
  private let rows: SparseRows
  private let bias: Storage
  private let activation: PlaneActivation
  private let bounds: ActivationBounds
  private let tasks: [Task]

  /// A strip of pixels of some rows of one image.
  private struct Task {
    let image: Int
    /// In vectors.
    let strip: Range<Int>
    let rows: Range<Int>
  }

  /// Tasks a thread that are enough for all to end at about the same time; each goes through all of a strip's channels.
  private static let tasksPerThread = 8
  /// Strips a thread that are so few that it takes rows of the weights, and not pixels of its own.
  private static let fewStrips = 4

  /// - Shapes: `weight` [O, C] or [O, C, 1, 1]; `bias` [O], nil for zeros; `input` [N, C, H, W].
  package init(weight: Tensor, bias: Tensor?, activation: PlaneActivation, input: Shape) {
    let outputs = weight.shape[0]
    precondition(
      input.rank == 4 && weight.count == outputs * input[1] && bias.map { $0.shape == [outputs] } ?? true,
      "sparse product: input \(input), weight \(weight.shape), bias \(bias?.shape.description ?? "none")")
    inputShape = input
    outputShape = [input[0], outputs, input[2], input[3]]
    let pitch = ImagePlanes.count([1, 1, input[2], input[3]])
    self.bias = (bias ?? Tensor(repeating: 0, shape: [outputs])).plain().storage
    self.activation = activation
    bounds = activation.bounds
    let vectors = pitch / Lanes.scalarCount
    let shares = Self.isDividedByPixels(input) ? ThreadPool.size : 1
    let hasOwnImages = input[0] >= shares
    // As many for each thread.
    let strips = hasOwnImages ? Self.strips(input) : (Self.strips(input) + shares - 1) / shares * shares
    let widest = max(1, (vectors + strips - 1) / max(1, strips))
    rows = SparseRows(weight.reshaped(to: [outputs, input[1]]), pitch: pitch, strip: widest)
    let parts = max(1, Self.tasksPerThread * ThreadPool.size / max(1, input[0] * strips))
    let ranges = rows.ranges(parts)
    var tasks: [Task] = []
    // A thread's tasks lie together: see `bands`.
    for share in 0..<shares {
      func part(_ count: Int) -> Range<Int> { count * share / shares..<count * (share + 1) / shares }
      for range in ranges {
        for image in hasOwnImages ? part(input[0]) : 0..<input[0] {
          for strip in hasOwnImages ? 0..<strips : part(strips) {
            let columns = vectors * strip / strips..<vectors * (strip + 1) / strips
            tasks.append(Task(image: image, strip: columns, rows: range))
          }
        }
      }
    }
    self.tasks = tasks
  }

  /// Whether a thread takes all channels of its own pixels or images, and not its own channels of all of them.
  private static func isDividedByPixels(_ planes: Shape) -> Bool {
    planes[0] * strips(planes) > fewStrips * ThreadPool.size
  }

  private static func strips(_ shape: Shape) -> Int {
    let width = SparseRows.widestStrip * Lanes.scalarCount
    return (ImagePlanes.count([1, 1, shape[2], shape[3]]) + width - 1) / width
  }

  /// In how many bands of rows other kernels compute planes that a product reads or wrote, so that each thread finds most
  /// of what it wants in its own cache: products of many planes are divided by images, of large ones by pixels, and of few
  /// and small ones by channels.
  ///
  /// One a thread: memory is foreseen in long pieces only.
  static func bands(_ planes: Shape) -> Int {
    isDividedByPixels(planes) && planes[0] < ThreadPool.size ? min(planes[2], ThreadPool.size) : 1
  }

  /// - Precondition: the planes have the shapes that this was made for; the output shares no memory with the input.
  package func run(_ input: ImagePlanes, residual: ImagePlanes? = nil, into output: ImagePlanes) {
    precondition(
      input.shape == inputShape && output.shape == outputShape && residual.map { $0.shape == outputShape } ?? true,
      "sparse product of \(inputShape) to \(outputShape): input \(input.shape), output \(output.shape)")
    // Sound without isolation: each task writes its own pixels, and the planes outlive the call.
    nonisolated(unsafe) let (layer, source, added, target) = (self, input, residual, output)
    parallelTasks(tasks.count) { range in
      for index in range { unsafe layer.run(layer.tasks[index], source, added, target) }
    }
  }

  private func run(_ task: Task, _ input: ImagePlanes, _ residual: ImagePlanes?, _ output: ImagePlanes) {
    let first = task.strip.lowerBound * Lanes.scalarCount
    unsafe rows.run(
      task.rows, vectors: task.strip.count, bias: bias.floats, bounds,
      input: input.plane(task.image, 0) + first, residual: residual.map { unsafe $0.plane(task.image, 0) + first },
      output: output.plane(task.image, 0) + first, pitch: output.pitch)
    if activation.isSmooth { activation.apply(to: output, image: task.image, rows: task.rows, vectors: task.strip) }
  }
}
