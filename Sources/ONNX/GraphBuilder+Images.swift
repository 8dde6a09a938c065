import Kernels
import Networks

extension GraphBuilder {
  /// A network that reads images.
  init(
    _ frozen: FrozenGraph, name: String, channels: Int, classes: Int, size: ONNXModel.ImageSize?
  ) {
    self.init(name: name)
    let images = input(
      "images", .float,
      [
        .named("batch"), .fixed(channels), size.map { .fixed($0.height) } ?? .named("height"),
        size.map { .fixed($0.width) } ?? .named("width"),
      ])
    var values: [Value] = []
    for node in frozen.nodes {
      guard let input = node.input else {
        values.append(images)
        continue
      }
      var value = result(of: node, values[input.index])
      if let normalization = node.normalization { value = normalized(value, normalization) }
      if let residual = node.residual { value = apply(.add, at: node.path, value, values[residual.index]) }
      values.append(activated(value, node.activation, at: node.path))
    }
    finish(as: "logits", [.named("batch"), .fixed(classes)])
  }

  /// What the node computes before anything is folded into it.
  private mutating func result(of node: FrozenGraph.Node, _ input: Value) -> Value {
    let path = node.path
    switch node.operation {
    case .images: return input
    case .convolution(let weight, let bias, let geometry):
      let attributes: KeyValuePairs<String, Attribute> = [
        "group": .integer(geometry.groups), "kernel_shape": .integers([weight.shape[2], weight.shape[3]]),
        "pads": .integers(Array(repeating: geometry.padding, count: 4)),
        "strides": .integers([geometry.stride, geometry.stride]),
      ]
      let filters = parameter("\(path).weight", weight)
      // A convolution has no bias of its own; what it has comes of a normalisation that was folded.
      guard node.normalization == nil else { return apply(.conv, at: path, input, filters, attributes: attributes) }
      return apply(.conv, at: path, input, filters, parameter("\(path).bias", bias), attributes: attributes)
    case .linear(let weight, let bias):
      return apply(
        .gemm, at: path, input, parameter("\(path).weight", weight), parameter("\(path).bias", bias),
        attributes: ["transB": .integer(1)])
    case .pooling(let geometry): return pooled(input, geometry, at: path)
    case .globalAverage:
      let mean = apply(.globalAveragePool, at: path, input)
      return apply(.flatten, at: path, mean, attributes: ["axis": .integer(1)])
    }
  }

  private mutating func pooled(_ input: Value, _ geometry: PoolingGeometry, at path: String) -> Value {
    let kernel = Attribute.integers([geometry.kernelHeight, geometry.kernelWidth])
    let pads = Attribute.integers(Array(repeating: geometry.padding, count: 4))
    let strides = Attribute.integers([geometry.stride, geometry.stride])
    switch geometry.kind {
    case .maximum:
      return apply(
        .maxPool, at: path, input, attributes: ["kernel_shape": kernel, "pads": pads, "strides": strides])
    case .average:
      return apply(
        .averagePool, at: path, input,
        attributes: ["count_include_pad": .integer(1), "kernel_shape": kernel, "pads": pads, "strides": strides])
    }
  }

  private mutating func normalized(_ value: Value, _ normalization: FrozenGraph.Normalization) -> Value {
    let path = normalization.path
    return apply(
      .batchNormalization, at: path, value, parameter("\(path).weight", normalization.scale),
      parameter("\(path).bias", normalization.shift), parameter("\(path).running_mean", normalization.mean),
      parameter("\(path).running_var", normalization.variance),
      attributes: ["epsilon": .float(normalization.epsilon)])
  }

  private mutating func activated(_ value: Value, _ activation: PlaneActivation, at path: String) -> Value {
    switch activation {
    case .identity: value
    case .relu: apply(.relu, at: path, value)
    case .relu6: apply(.clip, at: path, value, constant("relu6.minimum", 0), constant("relu6.maximum", 6))
    case .gelu: gelu(value, at: path)
    case .tanh: apply(.tanh, at: path, value)
    }
  }

  /// x (1 + erf(x / sqrt(2))) / 2.
  mutating func gelu(_ x: Value, at path: String) -> Value {
    let scaled = apply(.div, at: path, x, constant("gelu.root", Float(2).squareRoot()))
    let share = apply(
      .add, at: path, apply(.erf, at: path, scaled), constant("gelu.one", 1))
    return apply(
      .mul, at: "\(path).half", apply(.mul, at: path, x, share), constant("gelu.half", 0.5))
  }
}
