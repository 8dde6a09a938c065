/// How a two-dimensional convolution's window moves.
package struct ConvolutionGeometry: Hashable, Sendable {
  package let stride: Int
  /// Zeros added on each side of both image axes.
  package let padding: Int
  /// Equal parts that the channels are cut into, each convolved by itself.
  package let groups: Int

  package init(stride: Int = 1, padding: Int = 0, groups: Int = 1) {
    precondition(
      stride > 0 && padding >= 0 && groups > 0, "convolution: stride \(stride), padding \(padding), groups \(groups)")
    self.stride = stride
    self.padding = padding
    self.groups = groups
  }

  /// Extent of the output along an image axis.
  package func outputExtent(_ extent: Int, kernel: Int) -> Int {
    (extent + 2 * padding - kernel) / stride + 1
  }
}

/// Two-dimensional convolution (cross-correlation, as networks define it).
///
/// - Shapes: `input` [N, Ci, H, W]; `weight` [Co, Ci / groups, Kh, Kw]; `bias` [Co]; output [N, Co, Ho, Wo].
package enum Convolution {
  package static func forward(
    _ input: Tensor, weight: Tensor, bias: Tensor? = nil, geometry: ConvolutionGeometry
  ) -> Tensor {
    check(input.shape, weight.shape, geometry)
    return switch ConvolutionAlgorithm(input.shape, weight.shape, geometry, hasBias: bias != nil) {
    case .pointwise: PointwiseConvolution.forward(input, weight: weight, stride: geometry.stride)
    case .depthwise: DepthwiseConvolution.forward(input, weight: weight, geometry: geometry)
    case .winograd: WinogradConvolution(input: input.shape, weight: weight.shape).forward(input, weight: weight)
    case .patches:
      PatchConvolution(input: input.shape, weight: weight.shape, geometry: geometry).forward(input, weight: weight)
    case .direct: DirectConvolution.forward(input, weight: weight, bias: bias, geometry: geometry)
    }
  }

  /// Gradient at the input.
  ///
  /// - Shapes: `upstream` as the output; result `inputShape`.
  package static func inputGradient(
    _ upstream: Tensor, weight: Tensor, inputShape: Shape, geometry: ConvolutionGeometry
  ) -> Tensor {
    check(inputShape, weight.shape, geometry)
    let output = outputShape(inputShape, weight.shape, geometry)
    precondition(
      upstream.shape == output, "convolution input gradient: upstream \(upstream.shape), output \(output)")
    return switch ConvolutionAlgorithm(inputShape, weight.shape, geometry, hasBias: false) {
    case .pointwise:
      PointwiseConvolution.inputGradient(upstream, weight: weight, inputShape: inputShape, stride: geometry.stride)
    case .depthwise:
      DepthwiseConvolution.inputGradient(upstream, weight: weight, inputShape: inputShape, geometry: geometry)
    case .winograd:
      WinogradConvolution(input: inputShape, weight: weight.shape).inputGradient(upstream, weight: weight)
    case .patches:
      PatchConvolution(input: inputShape, weight: weight.shape, geometry: geometry)
        .inputGradient(upstream, weight: weight)
    case .direct:
      DirectConvolution.inputGradient(upstream, weight: weight, inputShape: inputShape, geometry: geometry)
    }
  }

  /// Gradients at the weight and, if `hasBias`, the bias.
  package static func weightGradient(
    _ upstream: Tensor, input: Tensor, weightShape: Shape, hasBias: Bool, geometry: ConvolutionGeometry
  ) -> (weight: Tensor, bias: Tensor?) {
    check(input.shape, weightShape, geometry)
    let output = outputShape(input.shape, weightShape, geometry)
    precondition(
      upstream.shape == output, "convolution weight gradient: upstream \(upstream.shape), output \(output)")
    return switch ConvolutionAlgorithm(input.shape, weightShape, geometry, hasBias: hasBias) {
    case .pointwise:
      (PointwiseConvolution.weightGradient(upstream, input: input, stride: geometry.stride), nil)
    case .depthwise:
      (
        DepthwiseConvolution.weightGradient(upstream, input: input, weightShape: weightShape, geometry: geometry), nil
      )
    case .winograd:
      (WinogradConvolution(input: input.shape, weight: weightShape).weightGradient(upstream, input: input), nil)
    case .patches:
      (
        PatchConvolution(input: input.shape, weight: weightShape, geometry: geometry)
          .weightGradient(upstream, input: input), nil
      )
    case .direct:
      DirectConvolution.weightGradient(
        upstream, input: input, weightShape: weightShape, hasBias: hasBias, geometry: geometry)
    }
  }

  private static func outputShape(_ input: Shape, _ weight: Shape, _ geometry: ConvolutionGeometry) -> Shape {
    [
      input[0], weight[0], geometry.outputExtent(input[2], kernel: weight[2]),
      geometry.outputExtent(input[3], kernel: weight[3]),
    ]
  }

  private static func check(_ input: Shape, _ weight: Shape, _ geometry: ConvolutionGeometry) {
    precondition(
      input.rank == 4 && weight.rank == 4 && input[1] == weight[1] * geometry.groups
        && weight[0] % geometry.groups == 0,
      "convolution: input \(input), weight \(weight), groups \(geometry.groups) do not fit"
    )
    // Division rounds towards zero: a window one larger than the image would count as fitting at stride 2.
    precondition(
      weight[2] <= input[2] + 2 * geometry.padding && weight[3] <= input[3] + 2 * geometry.padding,
      "convolution: weight \(weight) is larger than input \(input) with padding \(geometry.padding)"
    )
  }
}
