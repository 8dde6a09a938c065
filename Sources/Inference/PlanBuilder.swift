import Kernels
import Networks

/// Turns a frozen network's nodes into steps, one node after the other.
struct PlanBuilder {
  private(set) var layers: [PlannedLayer] = []
  private(set) var steps: [PlanStep] = []
  /// Of each value; the images are the first.
  private(set) var shapes: [Shape]
  /// Value of each node that has come.
  private var values: [Int] = []
  private let choice: KernelChoice

  init(input: Shape, choice: KernelChoice) {
    shapes = [input]
    self.choice = choice
  }

  /// From the step that makes a value to the last that reads it.
  var lifetimes: [MemoryPlan.Lifetime] {
    shapes.indices.map { value in
      let first = steps.firstIndex { $0.output == value } ?? 0
      let last = steps.lastIndex { $0.input == value || $0.residual == value } ?? steps.count
      return MemoryPlan.Lifetime(count: ImagePlanes.count(shapes[value]), steps: first...max(first, last))
    }
  }

  mutating func append(_ node: FrozenGraph.Node) throws(InferenceError) {
    guard let input = node.input.map({ values[$0.index] }) else {
      values.append(0)
      return
    }
    switch node.operation {
    case .images: values.append(0)
    case .convolution(let weight, let bias, let geometry):
      if geometry.groups == 1 {
        let patches = window(of: input, weight.shape, geometry, at: node.path)
        product(of: patches, weight, bias, node)
      } else {
        try depthwise(of: input, weight, bias, geometry, node)
      }
    case .linear(let weight, let bias): product(of: input, weight, bias, node)
    case .pooling(let geometry):
      guard geometry.kind == .maximum else {
        throw .unsupportedLayer(path: node.path, what: "a mean over windows")
      }
      let output = PlanarPooling.outputShape(shapes[input], geometry)
      append(.maximum(geometry), of: input, output, node.path, .maximum, reason: "the only implementation")
      values.append(shapes.count - 1)
    case .globalAverage:
      let output: Shape = [1, shapes[input][1], 1, shapes[input][0]]
      append(.average, of: input, output, node.path, .average, reason: "the only implementation")
      values.append(shapes.count - 1)
    }
  }

  /// The value that a convolution's filters multiply: the input itself for 1x1 filters that move by one pixel.
  private mutating func window(
    of input: Int, _ weight: Shape, _ geometry: ConvolutionGeometry, at path: String
  ) -> Int {
    if weight[2] == 1, weight[3] == 1, geometry.stride == 1, geometry.padding == 0 { return input }
    let patches = PlanarPatches(kernel: (weight[2], weight[3]), geometry: geometry, input: shapes[input])
    append(
      .patches(patches), of: input, patches.outputShape, path, .patches, reason: "copies what the windows see")
    return shapes.count - 1
  }

  private mutating func depthwise(
    of input: Int, _ weight: Tensor, _ bias: Tensor, _ geometry: ConvolutionGeometry, _ node: FrozenGraph.Node
  ) throws(InferenceError) {
    let shape = shapes[input]
    guard weight.shape == [shape[1], 1, 3, 3], geometry.groups == shape[1], geometry.padding == 1,
      (1...2).contains(geometry.stride), node.residual == nil
    else {
      throw .unsupportedLayer(
        path: node.path,
        what: "a convolution of \(geometry.groups) groups with filters \(weight.shape) and stride \(geometry.stride)")
    }
    let layer = PlanarDepthwise(
      weight: weight, bias: bias, activation: node.activation, stride: geometry.stride, input: shape)
    let nonzeros = weight.elements.count { $0 != 0 }
    let places = layer.outputShape[0] * layer.outputShape[2] * layer.outputShape[3]
    append(
      .depthwise(layer), of: input, layer.outputShape, node.path, .depthwise,
      reason: "nine taps a channel, zeros included", weights: weight.count, nonzeros: nonzeros,
      multiplications: weight.count * places)
    values.append(shapes.count - 1)
  }

  /// A product in the implementation that `choice` says.
  private mutating func product(of input: Int, _ weight: Tensor, _ bias: Tensor, _ node: FrozenGraph.Node) {
    let matrix = weight.reshaped(to: [weight.shape[0], weight.count / max(1, weight.shape[0])])
    let sparse = SparseProduct(weight: matrix, bias: bias, activation: node.activation, input: shapes[input])
    let dense = DenseProduct(weight: matrix, bias: bias, activation: node.activation, input: shapes[input])
    let (isSparse, reason): (Bool, String) =
      switch choice {
      case .dense: (false, "asked for")
      case .sparse: (true, "asked for")
      case .measured: ProductRace(sparse, dense, addsResidual: node.residual != nil).result
      }
    let places = sparse.outputShape[0] * sparse.outputShape[2] * sparse.outputShape[3]
    append(
      isSparse ? .sparse(sparse) : .dense(dense), of: input, residual: node.residual.map { values[$0.index] },
      sparse.outputShape, node.path, isSparse ? .sparseProduct : .denseProduct, reason: reason,
      weights: weight.count, nonzeros: sparse.nonzeros,
      multiplications: (isSparse ? sparse.nonzeros : weight.count) * places)
    values.append(shapes.count - 1)
  }

  private mutating func append(
    _ kernel: PlanStep.Kernel, of input: Int, residual: Int? = nil, _ output: Shape, _ path: String,
    _ implementation: PlannedLayer.Implementation, reason: String, weights: Int = 0, nonzeros: Int = 0,
    multiplications: Int = 0
  ) {
    steps.append(PlanStep(kernel: kernel, input: input, residual: residual, output: shapes.count))
    shapes.append(output)
    layers.append(
      PlannedLayer(
        path: path, implementation: implementation, reason: reason, output: output, weights: weights,
        nonzeros: nonzeros, multiplications: multiplications))
  }
}
