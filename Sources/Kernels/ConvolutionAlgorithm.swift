/// How a convolution is computed; a function of its shapes alone.
enum ConvolutionAlgorithm {
  /// A matrix product over channels-last images.
  case pointwise
  /// A filter a channel.
  case depthwise
  /// Fewer multiplications, for 3x3 filters that move by one pixel.
  case winograd
  /// A matrix product with the patches that the window sees.
  case patches
  /// oneDNN's direct convolution.
  case direct

  init(_ input: Shape, _ weight: Shape, _ geometry: ConvolutionGeometry, hasBias: Bool) {
    let (outputs, inputs) = (weight[0], weight[1])
    if !hasBias, DepthwiseConvolution.supports(input, weight: weight, geometry: geometry) {
      self = .depthwise
      return
    }
    guard !hasBias, geometry.groups == 1, outputs % Lanes.scalarCount == 0 else {
      self = .direct
      return
    }
    if inputs % Lanes.scalarCount == 0, weight[2] == 1, weight[3] == 1, geometry.padding == 0 {
      self = .pointwise
    } else if inputs % Lanes.scalarCount == 0, weight[2] == 3, weight[3] == 3, geometry.stride == 1,
      geometry.padding == 1
    {
      self = .winograd
    } else {
      self = .patches
    }
  }
}
