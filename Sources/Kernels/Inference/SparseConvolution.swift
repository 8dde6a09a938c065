/// A frozen convolution of any window with sparse filters, band after band of the image's rows.
///
/// What the windows see lies in planes, one for each channel and place in the window, as `PlanarPatches` has them; but
/// only those of one band are there at a time, in the second cache, where the product reads them.
///
/// - Shapes: input [N, C, H, W]; output and residual [N, O, Ho, Wo].
/// - Cost: 2 operations a nonzero weight and pixel; reads the input about once from memory.
/// - Note: the sums are those of `PlanarPatches` and `SparseProduct`, bit for bit, whatever the number of threads.
package final class SparseConvolution {
  package let outputShape: Shape
  package var inputShape: Shape { patches.inputShape }
  package var nonzeros: Int { rows.nonzeros }
  private let patches: PlanarPatches
  private let rows: SparseRows
  private let bias: Storage
  private let bounds: ActivationBounds
  /// Bands of every image.
  private let bands: Int
  /// Distance of two planes of a band, in numbers.
  private let pitch: Int

  /// Numbers of a band that about fill a second cache.
  private static let mostNumbers = 1 << 17
  /// Pixels below which a band is so narrow that going through the weights takes longer than the products.
  private static let fewestPixels = 28

  /// Nil where a band would be too large or too narrow, and for activations that are no interval.
  ///
  /// - Shapes: `weight` [O, C, Kh, Kw] with the window of `patches`; `bias` [O], nil for zeros.
  package init?(_ patches: PlanarPatches, weight: Tensor, bias: Tensor?, activation: PlaneActivation) {
    let middle = patches.outputShape
    let (outputs, planes, height, width) = (weight.shape[0], middle[1], middle[2], middle[3])
    precondition(
      weight.count == outputs * planes && bias.map { $0.shape == [outputs] } ?? true,
      "sparse convolution of \(patches.inputShape): weight \(weight.shape)")
    guard !activation.isSmooth, height > 0 else { return nil }
    let most = Self.mostNumbers / max(1, planes * width)
    guard most >= 1, min(most, height) * width >= Self.fewestPixels else { return nil }
    self.patches = patches
    outputShape = [middle[0], outputs, height, width]
    let needed = max(min(4, height * width / Self.fewestPixels), (height + most - 1) / most)
    bands = min(height, needed + needed % 2)
    let lanes = Lanes.scalarCount
    let whole = ((height + bands - 1) / bands * width + lanes - 1) / lanes * lanes
    // Planes a multiple of 4 KiB apart would share a few lines of the first cache.
    pitch = whole % 1024 == 0 ? whole + 2 * lanes : whole
    rows = SparseRows(
      weight.reshaped(to: [outputs, planes]), pitch: pitch, strip: min(whole / lanes, SparseRows.widestStrip))
    self.bias = (bias ?? Tensor(repeating: 0, shape: [outputs])).plain().storage
    bounds = activation.bounds
  }

  /// - Precondition: the planes have the shapes that this was made for; the output shares no memory with the input.
  package func run(_ input: ImagePlanes, residual: ImagePlanes? = nil, into output: ImagePlanes) {
    precondition(
      input.shape == inputShape && output.shape == outputShape && residual.map { $0.shape == outputShape } ?? true,
      "sparse convolution of \(inputShape) to \(outputShape): input \(input.shape), output \(output.shape)")
    // Sound without isolation: each task writes its own pixels, and the operands outlive the call.
    nonisolated(unsafe) let (layer, source, added, target) = (self, input, residual, output)
    parallelTasks(outputShape[0] * bands) { tasks in
      let layer = unsafe layer
      let count = layer.rows.columns * layer.pitch
      let band = Storage(bytes: count * MemoryLayout<Float>.stride)
      for task in tasks { unsafe layer.run(task, band, source, added, target) }
    }
  }

  private func run(
    _ task: Int, _ band: Storage, _ input: ImagePlanes, _ residual: ImagePlanes?, _ output: ImagePlanes
  ) {
    let (image, number) = task.quotientAndRemainder(dividingBy: bands)
    let (height, width, lanes) = (outputShape[2], outputShape[3], Lanes.scalarCount)
    let lines = height * number / bands..<height * (number + 1) / bands
    let planes = rows.columns
    for plane in 0..<planes {
      unsafe patches.copy(image * planes + plane, lines, from: input, into: band.floats + plane * pitch)
    }
    let (start, pixels) = (lines.lowerBound * width, lines.count * width)
    let vectors = (pixels + lanes - 1) / lanes
    // The last strip ends with the band, over pixels of the one before: behind it are those of another task.
    let least = pixels % lanes == 0 ? 1 : 2
    let strips = max(least, (vectors + SparseRows.widestStrip - 1) / SparseRows.widestStrip)
    for strip in 0..<strips {
      let columns = vectors * strip / strips..<vectors * (strip + 1) / strips
      let first = min(columns.lowerBound * lanes, pixels - columns.count * lanes)
      unsafe rows.run(
        0..<rows.rows, vectors: columns.count, bias: bias.floats, bounds, input: band.floats + first,
        residual: residual.map { unsafe $0.plane(image, 0) + start + first },
        output: output.plane(image, 0) + start + first, pitch: output.pitch)
    }
  }
}
