import COneDNN

/// A frozen layer's dense convolution by oneDNN, in the layouts and with the packing of the weights that it chooses; bias,
/// residual and activation are applied while the sums are in registers.
///
/// - Shapes: input [N, C, H, W]; output and residual [N, O, Ho, Wo].
/// - Cost: 2 operations a weight and place, zero or not.
package final class BlockedConvolution {
  package let input: ImageLayout
  /// Of the output, and of what is added to it.
  package let output: ImageLayout
  private let primitive: FixedPrimitive
  private let addsResidual: Bool

  /// - Shapes: `weight` [O, C / groups, Kh, Kw]; `bias` [O]; `input` [N, C, H, W].
  package init(
    weight: Tensor, bias: Tensor, activation: PlaneActivation, geometry: ConvolutionGeometry, addsResidual: Bool,
    input: Shape
  ) {
    precondition(
      input.rank == 4 && weight.rank == 4 && weight.shape[1] * geometry.groups == input[1]
        && bias.shape == [weight.shape[0]],
      "blocked convolution: input \(input), weight \(weight.shape), \(geometry)")
    let output: Shape = [
      input[0], weight.shape[0], geometry.outputExtent(input[2], kernel: weight.shape[2]),
      geometry.outputExtent(input[3], kernel: weight.shape[3]),
    ]
    let extents =
      geometry.groups == 1
      ? weight.shape.extents
      : [geometry.groups, weight.shape[0] / geometry.groups] + weight.shape.extents.dropFirst()
    func descriptor(_ result: dnnl_memory_desc_t, _ attributes: FusedAttributes) -> PrimitiveDescriptor {
      var operation = dnnl_convolution_desc_t()
      var (source, weights, bias, result) = (
        anyDescriptor(input.extents), anyDescriptor(extents), plainDescriptor(bias.shape.extents), result
      )
      let strides = [dnnl_dim_t](repeating: dnnl_dim_t(geometry.stride), count: 2)
      let padding = [dnnl_dim_t](repeating: dnnl_dim_t(geometry.padding), count: 2)
      unsafe check(
        dnnl_convolution_forward_desc_init(
          &operation, dnnl_forward_inference, dnnl_convolution_direct, &source, &weights, &bias, &result, strides,
          padding, padding),
        "dnnl_convolution_forward_desc_init \(input), \(weight.shape)")
      return unsafe PrimitiveDescriptor(
        &operation, attributes: attributes.handle, name: "convolution \(input), \(weight.shape)")
    }
    var chosen = descriptor(anyDescriptor(output.extents), FusedAttributes(adding: nil, activation))
    if addsResidual {
      // What is added has to lie as the output does, whose layout is not known before.
      let layout = chosen.layout(dnnl_query_dst_md)
      chosen = descriptor(layout.descriptor, FusedAttributes(adding: layout, activation))
    }
    self.input = ImageLayout(input, chosen.layout(dnnl_query_src_md))
    self.output = ImageLayout(output, chosen.layout(dnnl_query_dst_md))
    self.addsResidual = addsResidual
    let packing = chosen.layout(dnnl_query_weights_md)
    primitive = FixedPrimitive(
      chosen,
      constants: [
        .init(DNNL_ARG_WEIGHTS, weight.converted(to: packing).storage, packing),
        .init(DNNL_ARG_BIAS, bias.plain().storage, .plain(bias.shape.extents)),
      ])
  }

  /// - Precondition: the activations lie in the layouts that this was made for; the output shares no memory with the
  ///   others.
  package func run(_ input: ImagePlanes, residual: ImagePlanes? = nil, into output: ImagePlanes) {
    precondition(
      input.layout == self.input && output.layout == self.output && (residual != nil) == addsResidual
        && residual.map { $0.layout == self.output } ?? true,
      "blocked convolution of \(self.input.shape): input \(input.shape), output \(output.shape)")
    unsafe primitive.run(
      (DNNL_ARG_SRC, input.view(self.input.layout)), (DNNL_ARG_DST, output.view(self.output.layout)),
      residual.map { unsafe (FusedAttributes.addendRole, $0.view(self.output.layout)) })
  }
}
