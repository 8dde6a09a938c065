/// A frozen layer that multiplies every pixel's channels by a dense matrix, as `SparseProduct` does by a sparse one: what
/// that has to beat.
///
/// - Shapes: input [N, C, H, W]; output and residual [N, O, H, W].
/// - Cost: 2 operations a weight and pixel, zero or not, by oneDNN; then a pass over the output.
package final class DenseProduct {
  package let inputShape: Shape
  package let outputShape: Shape
  private let weight: Storage
  private let bias: Storage
  private let activation: PlaneActivation
  private let bounds: ActivationBounds

  /// - Shapes: `weight` [O, C] or [O, C, 1, 1]; `bias` [O], nil for zeros; `input` [N, C, H, W].
  package init(weight: Tensor, bias: Tensor?, activation: PlaneActivation, input: Shape) {
    let outputs = weight.shape[0]
    precondition(
      input.rank == 4 && weight.count == outputs * input[1] && bias.map { $0.shape == [outputs] } ?? true,
      "dense product: input \(input), weight \(weight.shape), bias \(bias?.shape.description ?? "none")")
    inputShape = input
    outputShape = [input[0], outputs, input[2], input[3]]
    self.weight = weight.plain().storage
    self.bias = (bias ?? Tensor(repeating: 0, shape: [outputs])).plain().storage
    self.activation = activation
    bounds = activation.bounds
  }

  /// - Precondition: the planes have the shapes that this was made for; the output shares no memory with the input.
  package func run(_ input: ImagePlanes, residual: ImagePlanes? = nil, into output: ImagePlanes) {
    precondition(
      input.shape == inputShape && output.shape == outputShape && residual.map { $0.shape == outputShape } ?? true,
      "dense product of \(inputShape) to \(outputShape): input \(input.shape), output \(output.shape)")
    let (channels, outputs) = (inputShape[1], outputShape[1])
    for image in 0..<inputShape[0] {
      unsafe MatrixProduct.multiply(
        .init(weight.floats, channels), .init(input.plane(image, 0), input.pitch), inner: channels,
        into: .init(output.plane(image, 0), output.pitch), rows: outputs, columns: input.pitch)
    }
    // Sound without isolation: each chunk writes its own planes, and the operands outlive the call.
    nonisolated(unsafe) let (layer, added, target) = (self, residual, output)
    parallel(inputShape[0] * outputs, grain: max(1, Elementwise.grain / max(1, output.pitch))) { planes in
      for plane in planes { unsafe layer.finish(plane, added, target) }
    }
  }

  private func finish(_ plane: Int, _ residual: ImagePlanes?, _ output: ImagePlanes) {
    let values = unsafe output.plane(0, plane)
    let bias = unsafe Lanes(repeating: self.bias.floats[plane % outputShape[1]])
    let added = unsafe residual?.plane(0, plane)
    var index = 0
    while index < output.pitch {
      var lanes = unsafe load(values, index) + bias
      if let added = unsafe added { unsafe lanes += load(added, index) }
      unsafe store(bounds.clamp(lanes), values, index)
      index += Lanes.scalarCount
    }
    if activation.isSmooth {
      activation.apply(
        to: output, image: 0, rows: plane..<plane + 1, vectors: 0..<output.pitch / Lanes.scalarCount)
    }
  }
}
