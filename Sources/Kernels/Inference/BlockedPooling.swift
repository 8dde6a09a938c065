import COneDNN

/// Pooling in a frozen network by oneDNN, in the layout of the convolution before it.
///
/// - Shapes: input [N, C, H, W]; output [N, C, Ho, Wo], of one pixel for the mean over whole images.
package final class BlockedPooling {
  package let input: ImageLayout
  package let output: ImageLayout
  private let primitive: FixedPrimitive

  /// Maximum over windows; places outside the image do not count.
  package convenience init(maximum geometry: PoolingGeometry, input: ImageLayout) {
    precondition(geometry.kind == .maximum, "blocked pooling: \(geometry)")
    self.init(
      dnnl_pooling_max, window: (geometry.kernelHeight, geometry.kernelWidth), stride: geometry.stride,
      padding: geometry.padding, input, PlanarPooling.outputShape(input.shape, geometry))
  }

  /// Mean over the whole image.
  package convenience init(globalAverageOf input: ImageLayout) {
    let shape = input.shape
    self.init(
      dnnl_pooling_avg_exclude_padding, window: (shape[2], shape[3]), stride: 1, padding: 0, input,
      [shape[0], shape[1], 1, 1])
  }

  private init(
    _ kind: dnnl_alg_kind_t, window: (height: Int, width: Int), stride: Int, padding: Int, _ input: ImageLayout,
    _ output: Shape
  ) {
    var operation = dnnl_pooling_desc_t()
    var result = anyDescriptor(output.extents)
    let strides = [dnnl_dim_t](repeating: dnnl_dim_t(stride), count: 2)
    let before = [dnnl_dim_t](repeating: dnnl_dim_t(padding), count: 2)
    // Behind the image, as much as the last window needs.
    let after = [(output[2], window.height, input.shape[2]), (output[3], window.width, input.shape[3])].map {
      dnnl_dim_t(max(0, ($0.0 - 1) * stride + $0.1 - $0.2 - padding))
    }
    unsafe check(
      dnnl_pooling_forward_desc_init(
        &operation, dnnl_forward_inference, kind, &input.layout.descriptor, &result, strides,
        [dnnl_dim_t(window.height), dnnl_dim_t(window.width)], before, after),
      "dnnl_pooling_forward_desc_init \(input.shape)")
    let descriptor = unsafe PrimitiveDescriptor(&operation, name: "pooling \(input.shape)")
    self.input = input
    self.output = ImageLayout(output, descriptor.layout(dnnl_query_dst_md))
    primitive = FixedPrimitive(descriptor, constants: [])
  }

  /// - Precondition: the activations lie in the layouts that this was made for and share no memory.
  package func run(_ input: ImagePlanes, into output: ImagePlanes) {
    precondition(
      input.layout == self.input && output.layout == self.output,
      "blocked pooling of \(self.input.shape): input \(input.shape), output \(output.shape)")
    unsafe primitive.run(
      (DNNL_ARG_SRC, input.view(input.layout.layout)), (DNNL_ARG_DST, output.view(output.layout.layout)))
  }
}
