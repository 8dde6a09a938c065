/// Convolution with 1x1 filters: a matrix product over the pixels of channels-last images.
///
/// - Shapes: `input` [N, Ci, H, W]; `weight` [Co, Ci, 1, 1]; output [N, Co, Ho, Wo].
/// - Cost: one product; with a stride, one copy of the pixels it keeps.
enum PointwiseConvolution {
  static func forward(_ input: Tensor, weight: Tensor, stride: Int) -> Tensor {
    let input = kept(input.converted(to: .channelsLast(input.shape)), stride)
    let (inputs, outputs) = (weight.shape[1], weight.shape[0])
    let shape: Shape = [input.shape[0], outputs, input.shape[2], input.shape[3]]
    let output = Tensor(uninitialized: shape, layout: .channelsLast(shape))
    let weight = weight.plain()
    unsafe MatrixProduct.multiply(
      .init(input.storage.floats, inputs), .init(weight.storage.floats, inputs, isTransposed: true), inner: inputs,
      into: .init(output.storage.floats, outputs), rows: shape.count / outputs, columns: outputs)
    return output
  }

  static func inputGradient(_ upstream: Tensor, weight: Tensor, inputShape: Shape, stride: Int) -> Tensor {
    let upstream = upstream.converted(to: .channelsLast(upstream.shape))
    let (inputs, outputs) = (weight.shape[1], weight.shape[0])
    let shape: Shape = [upstream.shape[0], inputs, upstream.shape[2], upstream.shape[3]]
    let gradient = Tensor(uninitialized: shape, layout: .channelsLast(shape))
    let weight = weight.plain()
    unsafe MatrixProduct.multiply(
      .init(upstream.storage.floats, outputs), .init(weight.storage.floats, inputs), inner: outputs,
      into: .init(gradient.storage.floats, inputs), rows: shape.count / inputs, columns: inputs)
    return stride == 1 ? gradient : spread(gradient, over: inputShape, stride)
  }

  static func weightGradient(_ upstream: Tensor, input: Tensor, stride: Int) -> Tensor {
    let input = kept(input.converted(to: .channelsLast(input.shape)), stride)
    let upstream = upstream.converted(to: .channelsLast(upstream.shape))
    let (inputs, outputs) = (input.shape[1], upstream.shape[1])
    let gradient = Tensor(uninitialized: [outputs, inputs, 1, 1])
    unsafe MatrixProduct.multiply(
      .init(upstream.storage.floats, outputs, isTransposed: true), .init(input.storage.floats, inputs),
      inner: input.count / inputs, into: .init(gradient.storage.floats, inputs), rows: outputs, columns: inputs)
    return gradient
  }

  /// The pixels that a stride keeps, every `stride`-th along both axes.
  private static func kept(_ images: Tensor, _ stride: Int) -> Tensor {
    guard stride > 1 else { return images }
    let (channels, width) = (images.shape[1], images.shape[3])
    let shape: Shape = [
      images.shape[0], channels, (images.shape[2] + stride - 1) / stride, (width + stride - 1) / stride,
    ]
    let result = Tensor(uninitialized: shape, layout: .channelsLast(shape))
    // Sound without isolation: each chunk writes its own rows, and the tensors outlive the call.
    nonisolated(unsafe) let (source, target) = unsafe (images.storage.floats, result.storage.floats)
    forEachRow(of: shape, stride, in: images.shape) { row, from in
      for column in 0..<shape[3] {
        unsafe (target + (row * shape[3] + column) * channels)
          .update(from: source + (from + column * stride) * channels, count: channels)
      }
    }
    return result
  }

  /// The opposite of `kept`: zeros where the stride skips.
  private static func spread(_ gradient: Tensor, over shape: Shape, _ stride: Int) -> Tensor {
    let result = Tensor(uninitialized: shape, layout: .channelsLast(shape))
    let (channels, columns) = (shape[1], gradient.shape[3])
    unsafe result.storage.floats.update(repeating: 0, count: shape.count)
    // Sound without isolation: each chunk writes its own rows, and the tensors outlive the call.
    nonisolated(unsafe) let (source, target) = unsafe (gradient.storage.floats, result.storage.floats)
    forEachRow(of: gradient.shape, stride, in: shape) { row, to in
      for column in 0..<columns {
        unsafe (target + (to + column * stride) * channels)
          .update(from: source + (row * columns + column) * channels, count: channels)
      }
    }
    return result
  }

  /// Calls `body` for each row of the smaller images, over all images, with the first pixel of the same row in the
  /// larger ones.
  private static func forEachRow(
    of small: Shape, _ stride: Int, in large: Shape, _ body: (_ row: Int, _ pixel: Int) -> Void
  ) {
    let grain = max(1, Elementwise.grain / max(1, small[1] * small[3]))
    parallel(small[0] * small[2], grain: grain) { rows in
      for row in rows {
        let (image, line) = row.quotientAndRemainder(dividingBy: small[2])
        body(row, (image * large[2] + line * stride) * large[3])
      }
    }
  }
}
