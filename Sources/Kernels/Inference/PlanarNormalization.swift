/// Layer normalisation of every pixel over its channels.
///
/// - Shapes: input and output [N, C, H, W]; `scale`, `shift` [C].
/// - Source: Ba, Kiros, Hinton 2016, arXiv 1607.06450.
package final class PlanarNormalization {
  package let shape: Shape
  private let scale: Tensor
  private let shift: Tensor
  private let epsilon: Float

  /// - Precondition: C > 0.
  package init(scale: Tensor, shift: Tensor, epsilon: Float, input: Shape) {
    precondition(
      input.rank == 4 && input[1] > 0 && scale.shape == [input[1]] && shift.shape == [input[1]],
      "normalisation of planes \(input): scale \(scale.shape), shift \(shift.shape)")
    shape = input
    (self.scale, self.shift, self.epsilon) = (scale.plain(), shift.plain(), epsilon)
  }

  /// - Precondition: the planes have the shape that this was made for.
  package func run(_ input: ImagePlanes, into output: ImagePlanes) {
    precondition(
      input.shape == shape && output.shape == shape,
      "normalisation of planes \(shape): input \(input.shape), output \(output.shape)")
    let vectors = input.pitch / Lanes.scalarCount
    // Sound without isolation: each chunk writes its own pixels, and the operands outlive the call.
    nonisolated(unsafe) let (layer, source, target) = (self, input, output)
    parallel(shape[0] * vectors, grain: 2) { range in
      for index in range {
        let (image, vector) = index.quotientAndRemainder(dividingBy: vectors)
        let first = vector * Lanes.scalarCount
        unsafe layer.normalize(source.plane(image, 0) + first, target.plane(image, 0) + first, target.pitch)
      }
    }
  }

  /// Eight pixels.
  @inline(__always)
  private func normalize(_ x: UnsafeMutablePointer<Float>, _ y: UnsafeMutablePointer<Float>, _ pitch: Int) {
    let (channels, scale, shift) = unsafe (shape[1], scale.storage.floats, shift.storage.floats)
    var sum = Lanes.zero
    for channel in 0..<channels { unsafe sum += load(x, channel * pitch) }
    let mean = sum / Float(channels)
    var squares = Lanes.zero
    for channel in 0..<channels {
      let distance = unsafe load(x, channel * pitch) - mean
      squares.addProduct(distance, distance)
    }
    let inverse = 1 / (squares / Float(channels) + epsilon).squareRoot()
    for channel in 0..<channels {
      let value = unsafe (load(x, channel * pitch) - mean) * inverse
      unsafe store(
        Lanes(repeating: shift[channel]).addingProduct(value, Lanes(repeating: scale[channel])), y, channel * pitch)
    }
  }
}
