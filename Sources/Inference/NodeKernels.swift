import Kernels
import Networks

/// The ways to compute a node of a frozen network that a choice of kernels allows.
struct NodeKernels {
  let choice: KernelChoice

  /// The ways to compute `node`, whose input lies in one of `layouts`.
  ///
  /// - Throws: `InferenceError.unsupportedLayer`.
  func kernels(of node: FrozenGraph.Node, input layouts: [ImageLayout]) throws(InferenceError) -> [NodeKernel] {
    guard let input = layouts.first?.shape else { return [] }
    switch node.operation {
    case .images: return []
    case .convolution(let weight, let bias, let geometry) where geometry.groups == 1:
      return allowed(
        planar: { sparse(node, weight, bias, geometry, input) },
        blocked: { [convolution(node, weight, bias, geometry, input)] })
    case .convolution(let weight, let bias, let geometry):
      return try depthwise(node, weight, bias, geometry, input)
    case .linear(let weight, let bias): return linear(node, weight, bias, input)
    case .pooling(let geometry): return try pooling(node, geometry, layouts)
    case .globalAverage: return average(layouts)
    }
  }

  private func allowed(planar: () -> [NodeKernel], blocked: () -> [NodeKernel]) -> [NodeKernel] {
    switch choice {
    case .sparse: planar()
    case .dense: blocked()
    case .measured: planar() + blocked()
    }
  }

  // MARK: Convolutions

  /// A product with the input itself for 1x1 filters that move by one pixel, with what the windows see for others: of the
  /// whole image, or of bands of it.
  private func sparse(
    _ node: FrozenGraph.Node, _ weight: Tensor, _ bias: Tensor, _ geometry: ConvolutionGeometry, _ input: Shape
  ) -> [NodeKernel] {
    let kernel = (weight.shape[2], weight.shape[3])
    if kernel == (1, 1), geometry.stride == 1, geometry.padding == 0 {
      return [
        NodeKernel(
          input: .planes(input), addsResidual: node.residual != nil, [product(node, weight, bias, input)])
      ]
    }
    let patches = PlanarPatches(kernel: kernel, geometry: geometry, input: input)
    let whole = NodeKernel(
      input: .planes(input), addsResidual: node.residual != nil,
      [
        .init(kernel: .patches(patches), implementation: .patches, output: .planes(patches.outputShape)),
        product(node, weight, bias, patches.outputShape),
      ])
    guard
      let bands = SparseConvolution(patches, weight: weight, bias: bias, activation: node.activation)
    else { return [whole] }
    let banded = NodeKernel(
      input: .planes(input), addsResidual: node.residual != nil,
      [
        .init(
          kernel: .sparseConvolution(bands), implementation: .sparseConvolution, output: .planes(bands.outputShape),
          weights: weight.count, nonzeros: bands.nonzeros, multiplications: bands.nonzeros * places(bands.outputShape))
      ])
    return [whole, banded]
  }

  private func product(
    _ node: FrozenGraph.Node, _ weight: Tensor, _ bias: Tensor, _ input: Shape
  ) -> NodeKernel.Stage {
    let matrix = weight.reshaped(to: [weight.shape[0], input[1]])
    let product = SparseProduct(weight: matrix, bias: bias, activation: node.activation, input: input)
    return .init(
      kernel: .sparse(product), implementation: .sparseProduct, output: .planes(product.outputShape),
      weights: weight.count, nonzeros: product.nonzeros,
      multiplications: product.nonzeros * places(product.outputShape))
  }

  private func convolution(
    _ node: FrozenGraph.Node, _ weight: Tensor, _ bias: Tensor, _ geometry: ConvolutionGeometry, _ input: Shape
  ) -> NodeKernel {
    let convolution = BlockedConvolution(
      weight: weight, bias: bias, activation: node.activation, geometry: geometry,
      addsResidual: node.residual != nil, input: input)
    return NodeKernel(
      input: convolution.input, addsResidual: node.residual != nil,
      [
        .init(
          kernel: .blocked(convolution), implementation: .denseConvolution, output: convolution.output,
          weights: weight.count, nonzeros: nonzeros(weight),
          multiplications: weight.count * places(convolution.output.shape))
      ])
  }

  private func depthwise(
    _ node: FrozenGraph.Node, _ weight: Tensor, _ bias: Tensor, _ geometry: ConvolutionGeometry, _ input: Shape
  ) throws(InferenceError) -> [NodeKernel] {
    guard weight.shape == [input[1], 1, 3, 3], geometry.groups == input[1], geometry.padding == 1,
      (1...2).contains(geometry.stride), node.residual == nil
    else {
      throw .unsupportedLayer(
        path: node.path,
        what: "a convolution of \(geometry.groups) groups with filters \(weight.shape) and stride \(geometry.stride)")
    }
    return allowed(
      planar: {
        let layer = PlanarDepthwise(
          weight: weight, bias: bias, activation: node.activation, stride: geometry.stride, input: input)
        return [
          NodeKernel(
            input: .planes(input),
            [
              .init(
                kernel: .depthwise(layer), implementation: .depthwise, output: .planes(layer.outputShape),
                weights: weight.count, nonzeros: nonzeros(weight),
                multiplications: weight.count * places(layer.outputShape))
            ])
        ]
      },
      blocked: { [convolution(node, weight, bias, geometry, input)] })
  }

  // MARK: Others

  private func linear(_ node: FrozenGraph.Node, _ weight: Tensor, _ bias: Tensor, _ input: Shape) -> [NodeKernel] {
    // oneDNN's convolution of images of one pixel, or, of pixels that are examples, a product of planes.
    let images: Shape = [input[0] * input[3], input[1], 1, 1]
    let features: Shape = [1, input[1], 1, input[0] * input[3]]
    return allowed(
      planar: {
        [
          NodeKernel(
            input: .planes(features), addsResidual: node.residual != nil, [product(node, weight, bias, features)])
        ]
      },
      blocked: {
        let filters = weight.reshaped(to: [weight.shape[0], weight.shape[1], 1, 1])
        return [convolution(node, filters, bias, ConvolutionGeometry(), images)]
      })
  }

  private func pooling(
    _ node: FrozenGraph.Node, _ geometry: PoolingGeometry, _ inputs: [ImageLayout]
  ) throws(InferenceError) -> [NodeKernel] {
    guard geometry.kind == .maximum else {
      throw .unsupportedLayer(path: node.path, what: "a mean over windows")
    }
    return inputs.map { input in
      guard !input.isPlanes else {
        let output = ImageLayout.planes(PlanarPooling.outputShape(input.shape, geometry))
        return NodeKernel(input: input, [.init(kernel: .maximum(geometry), implementation: .maximum, output: output)])
      }
      let pooling = BlockedPooling(maximum: geometry, input: input)
      return NodeKernel(
        input: input, [.init(kernel: .blockedPooling(pooling), implementation: .maximum, output: pooling.output)])
    }
  }

  private func average(_ inputs: [ImageLayout]) -> [NodeKernel] {
    inputs.map { input in
      guard !input.isPlanes else {
        let output = ImageLayout.planes([1, input.shape[1], 1, input.shape[0]])
        return NodeKernel(input: input, [.init(kernel: .average, implementation: .average, output: output)])
      }
      let pooling = BlockedPooling(globalAverageOf: input)
      return NodeKernel(
        input: input, [.init(kernel: .blockedPooling(pooling), implementation: .average, output: pooling.output)])
    }
  }

  private func places(_ output: Shape) -> Int { output[0] * output[2] * output[3] }

  private func nonzeros(_ weight: Tensor) -> Int { weight.elements.count { $0 != 0 } }
}
