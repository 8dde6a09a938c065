/// A frozen layer that multiplies every pixel's channels by a dense matrix, packed once for the kernel that reads it.
///
/// For images of few pixels, such as blocks of tokens: six rows of weights by sixteen pixels stay in registers; a panel of
/// six rows is read from the first cache for all pixels, which come from the second.
///
/// - Shapes: input [N, C, H, W]; output and residual [N, O, H, W].
/// - Cost: 2 operations a weight and pixel, zero or not.
/// - Note: each output is summed in the order of the columns whatever the number of threads.
package final class PackedProduct {
  package let inputShape: Shape
  package let outputShape: Shape
  /// Panels of six rows, column after column; rows behind the last are zero.
  private let weights: Storage
  private let bias: Storage
  private let activation: PlaneActivation
  private let bounds: ActivationBounds
  private let tasks: [Task]
  /// Columns that are multiplied at a time.
  private let parts: [Range<Int>]

  private struct Task {
    let images: Range<Int>
    let panels: Range<Int>
  }

  private static let panelRows = 6
  /// Columns of a panel that stay in the first cache.
  private static let mostColumns = 384
  /// Numbers of the input that stay in the second cache.
  private static let mostNumbers = 1 << 16
  /// Tasks that are enough for threads to end at about the same time.
  private static let enoughTasks = 16

  /// - Shapes: `weight` [O, C] or [O, C, 1, 1]; `bias` [O], nil for zeros; `input` [N, C, H, W].
  /// - Precondition: C > 0.
  package init(weight: Tensor, bias: Tensor?, activation: PlaneActivation, input: Shape) {
    let outputs = weight.shape[0]
    precondition(
      input.rank == 4 && input[1] > 0 && weight.count == outputs * input[1]
        && bias.map { $0.shape == [outputs] } ?? true,
      "packed product: input \(input), weight \(weight.shape), bias \(bias?.shape.description ?? "none")")
    inputShape = input
    outputShape = [input[0], outputs, input[2], input[3]]
    self.activation = activation
    bounds = activation.bounds
    let panels = (outputs + Self.panelRows - 1) / Self.panelRows
    weights = Self.packed(weight, panels: panels, columns: input[1])
    self.bias = Storage(bytes: panels * Self.panelRows * MemoryLayout<Float>.stride)
    unsafe self.bias.floats.update(repeating: 0, count: panels * Self.panelRows)
    if let bias = bias?.plain() { unsafe self.bias.floats.update(from: bias.storage.floats, count: outputs) }
    parts = evenRanges(input[1], (input[1] + Self.mostColumns - 1) / Self.mostColumns)
    let pitch = ImagePlanes.count([1, 1, input[2], input[3]])
    let together = max(1, Self.mostNumbers / max(1, pitch * min(input[1], Self.mostColumns)))
    let groups = evenRanges(input[0], (input[0] + together - 1) / together)
    let ranges = evenRanges(panels, min(panels, max(1, Self.enoughTasks / max(1, groups.count))))
    tasks = groups.flatMap { images in ranges.map { Task(images: images, panels: $0) } }
  }

  private static func packed(_ weight: Tensor, panels: Int, columns: Int) -> Storage {
    let weights = Storage(bytes: panels * panelRows * columns * MemoryLayout<Float>.stride)
    unsafe weights.floats.update(repeating: 0, count: panels * panelRows * columns)
    weight.withElements { elements in
      for row in 0..<weight.shape[0] {
        let panel = unsafe weights.floats + row / panelRows * panelRows * columns + row % panelRows
        for column in 0..<columns { unsafe panel[column * panelRows] = elements[row * columns + column] }
      }
    }
    return weights
  }

  /// - Precondition: the planes have the shapes that this was made for; the output shares no memory with the input.
  package func run(_ input: ImagePlanes, residual: ImagePlanes? = nil, into output: ImagePlanes) {
    precondition(
      input.shape == inputShape && output.shape == outputShape && residual.map { $0.shape == outputShape } ?? true,
      "packed product of \(inputShape) to \(outputShape): input \(input.shape), output \(output.shape)")
    // Sound without isolation: each task writes its own rows, and the planes outlive the call.
    nonisolated(unsafe) let (layer, source, added, target) = (self, input, residual, output)
    parallel(tasks.count, grain: 1) { range in
      for index in range { unsafe layer.run(layer.tasks[index], source, added, target) }
    }
  }

  private func run(_ task: Task, _ input: ImagePlanes, _ residual: ImagePlanes?, _ output: ImagePlanes) {
    let vectors = output.pitch / Lanes.scalarCount
    for columns in parts {
      for panel in task.panels {
        for image in task.images {
          for vector in stride(from: 0, to: vectors, by: 2) {
            let first = vector * Lanes.scalarCount
            let tile = unsafe Tile(
              weights: weights.floats + (panel * inputShape[1] + columns.lowerBound) * Self.panelRows,
              input: input.plane(image, columns.lowerBound) + first,
              residual: columns.upperBound == inputShape[1] ? residual.map { unsafe $0.plane(image, 0) + first } : nil,
              output: output.plane(image, 0) + first, pitch: output.pitch, columns: columns, row: panel * Self.panelRows
            )
            if vector + 1 < vectors {
              unsafe multiplyPair(tile)
            } else {
              unsafe multiplySingle(tile)
            }
          }
        }
      }
    }
    guard activation.isSmooth else { return }
    let rows = task.panels.lowerBound * Self.panelRows..<min(task.panels.upperBound * Self.panelRows, outputShape[1])
    for image in task.images { activation.apply(to: output, image: image, rows: rows, vectors: 0..<vectors) }
  }

  /// Six rows of a strip of pixels, and the columns that are added to them.
  @unsafe private struct Tile {
    /// The panel's, from the first of `columns` on.
    let weights: UnsafeMutablePointer<Float>
    /// The strip in the plane of the first of `columns`.
    let input: UnsafeMutablePointer<Float>
    /// The strip in the first plane; nil where nothing is added.
    let residual: UnsafeMutablePointer<Float>?
    /// The strip in the first plane.
    let output: UnsafeMutablePointer<Float>
    /// Distance of two planes.
    let pitch: Int
    let columns: Range<Int>
    /// The first of the six.
    let row: Int
  }

  /// Six rows of sixteen pixels.
  ///
  /// Written out with each weight's two products side by side: built of strips, sums were moved out of the registers and
  /// back, at half the speed.
  @inline(never)
  private func multiplyPair(_ tile: Tile) {
    var (a, b) = unsafe (tile.weights, tile.input)
    let pitch = unsafe tile.pitch
    var (c00, c01, c10, c11, c20, c21) = (Lanes.zero, Lanes.zero, Lanes.zero, Lanes.zero, Lanes.zero, Lanes.zero)
    var (c30, c31, c40, c41, c50, c51) = (Lanes.zero, Lanes.zero, Lanes.zero, Lanes.zero, Lanes.zero, Lanes.zero)
    for _ in unsafe 0..<tile.columns.count {
      let b0 = unsafe load(b, 0)
      let b1 = unsafe load(b, 8)
      let a0 = unsafe Lanes(repeating: a[0])
      c00.addProduct(a0, b0)
      c01.addProduct(a0, b1)
      let a1 = unsafe Lanes(repeating: a[1])
      c10.addProduct(a1, b0)
      c11.addProduct(a1, b1)
      let a2 = unsafe Lanes(repeating: a[2])
      c20.addProduct(a2, b0)
      c21.addProduct(a2, b1)
      let a3 = unsafe Lanes(repeating: a[3])
      c30.addProduct(a3, b0)
      c31.addProduct(a3, b1)
      let a4 = unsafe Lanes(repeating: a[4])
      c40.addProduct(a4, b0)
      c41.addProduct(a4, b1)
      let a5 = unsafe Lanes(repeating: a[5])
      c50.addProduct(a5, b0)
      c51.addProduct(a5, b1)
      unsafe a += Self.panelRows
      unsafe b += pitch
    }
    unsafe put(c00, tile, row: 0, 0)
    unsafe put(c01, tile, row: 0, 8)
    unsafe put(c10, tile, row: 1, 0)
    unsafe put(c11, tile, row: 1, 8)
    unsafe put(c20, tile, row: 2, 0)
    unsafe put(c21, tile, row: 2, 8)
    unsafe put(c30, tile, row: 3, 0)
    unsafe put(c31, tile, row: 3, 8)
    unsafe put(c40, tile, row: 4, 0)
    unsafe put(c41, tile, row: 4, 8)
    unsafe put(c50, tile, row: 5, 0)
    unsafe put(c51, tile, row: 5, 8)
  }

  /// Six rows of eight pixels.
  @inline(never)
  private func multiplySingle(_ tile: Tile) {
    var (a, b) = unsafe (tile.weights, tile.input)
    let pitch = unsafe tile.pitch
    var (c0, c1, c2, c3, c4, c5) = (Lanes.zero, Lanes.zero, Lanes.zero, Lanes.zero, Lanes.zero, Lanes.zero)
    for _ in unsafe 0..<tile.columns.count {
      let b0 = unsafe load(b, 0)
      unsafe c0.addProduct(Lanes(repeating: a[0]), b0)
      unsafe c1.addProduct(Lanes(repeating: a[1]), b0)
      unsafe c2.addProduct(Lanes(repeating: a[2]), b0)
      unsafe c3.addProduct(Lanes(repeating: a[3]), b0)
      unsafe c4.addProduct(Lanes(repeating: a[4]), b0)
      unsafe c5.addProduct(Lanes(repeating: a[5]), b0)
      unsafe a += Self.panelRows
      unsafe b += pitch
    }
    unsafe put(c0, tile, row: 0, 0)
    unsafe put(c1, tile, row: 1, 0)
    unsafe put(c2, tile, row: 2, 0)
    unsafe put(c3, tile, row: 3, 0)
    unsafe put(c4, tile, row: 4, 0)
    unsafe put(c5, tile, row: 5, 0)
  }

  /// Adds the bias, or what earlier columns gave, and behind the last column what else belongs to the sum.
  @inline(__always)
  private func put(_ sums: Lanes, _ tile: Tile, row: Int, _ pixel: Int) {
    let row = unsafe tile.row + row
    guard row < outputShape[1] else { return }
    let place = unsafe row * tile.pitch + pixel
    let isFirst = unsafe tile.columns.lowerBound == 0
    var sums = unsafe sums + (isFirst ? Lanes(repeating: bias.floats[row]) : load(tile.output, place))
    if let residual = unsafe tile.residual { unsafe sums += load(residual, place) }
    if unsafe tile.columns.upperBound == inputShape[1] { sums = bounds.clamp(sums) }
    unsafe store(sums, tile.output, place)
  }
}

/// 0..<count in `parts` ranges whose sizes differ by one at most.
func evenRanges(_ count: Int, _ parts: Int) -> [Range<Int>] {
  (0..<parts).map { count * $0 / parts..<count * ($0 + 1) / parts }
}
