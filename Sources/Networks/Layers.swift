import Autodiff
import Kernels

/// Two-dimensional convolution without bias.
package final class Convolution2d: Layer {
  package let weight: Parameter
  private let fullGeometry: ConvolutionGeometry
  /// Whether each channel has a filter of its own.
  private let isDepthwise: Bool

  package init(_ inputs: Int, _ outputs: Int, kernel: Int, geometry: ConvolutionGeometry) {
    weight = Parameter(
      Tensor(repeating: 0, shape: [outputs, inputs / geometry.groups, kernel, kernel]), role: .weight)
    fullGeometry = geometry
    isDepthwise = geometry.groups > 1 && geometry.groups == inputs && inputs == outputs
  }

  /// A depthwise convolution has as many groups as its weight has filters, whose number may have shrunk.
  var geometry: ConvolutionGeometry {
    guard isDepthwise else { return fullGeometry }
    return ConvolutionGeometry(
      stride: fullGeometry.stride, padding: fullGeometry.padding, groups: weight.shape[0])
  }

  package func callAsFunction(_ x: Variable, _ pass: Pass) -> Variable {
    pass.convolution(x, weight: weight, geometry: geometry)
  }

  package func members(at path: String) -> [Member] { [.parameter(path: joined(path, "weight"), weight)] }

  package func trace(_ shape: Shape, at path: String, into costs: inout [LayerCost]) -> Shape {
    let kernel = weight.shape
    let height = geometry.outputExtent(shape[2], kernel: kernel[2])
    let width = geometry.outputExtent(shape[3], kernel: kernel[3])
    costs.append(
      LayerCost(
        path: joined(path, "weight"), operation: isDepthwise ? .depthwiseConvolution : .convolution, shape: kernel,
        macs: kernel.count * height * width))
    return [shape[0], kernel[0], height, width]
  }

  package func connect(
    _ channels: ChannelGraph.Channels, at path: String, in graph: inout ChannelGraph
  ) -> ChannelGraph.Channels {
    if isDepthwise {
      graph.filter(channels, at: path, weight: weight)
      return channels
    }
    precondition(
      fullGeometry.groups == 1,
      "convolution at '\(path)' has \(fullGeometry.groups) groups of several channels, whose channels depend on one "
        + "another in a way that is not known here")
    return graph.transform(channels, at: path, weight: weight)
  }
}

/// Batch normalisation of images, with the rectifier that follows it fused where there is one.
package final class BatchNorm2d: Layer {
  package let scale: Parameter
  package let shift: Parameter
  package let statistics: RunningStatistics
  let isRectified: Bool

  /// PyTorch's constants.
  private static let momentum: Float = 0.1
  static let epsilon: Float = 1e-5

  package init(_ channels: Int, isRectified: Bool) {
    scale = Parameter(Tensor(repeating: 1, shape: [channels]), role: .normalization)
    shift = Parameter(Tensor(repeating: 0, shape: [channels]), role: .normalization)
    statistics = RunningStatistics(channels: channels)
    self.isRectified = isRectified
  }

  package func callAsFunction(_ x: Variable, _ pass: Pass) -> Variable {
    pass.batchNormalization(
      x, scale: scale, shift: shift, statistics: statistics, momentum: Self.momentum, epsilon: Self.epsilon,
      isRectified: isRectified)
  }

  package func members(at path: String) -> [Member] {
    [
      .parameter(path: joined(path, "weight"), scale), .parameter(path: joined(path, "bias"), shift),
      .statistics(path: path, statistics),
    ]
  }

  package func trace(_ shape: Shape, at path: String, into costs: inout [LayerCost]) -> Shape {
    costs.append(
      LayerCost(
        path: joined(path, "weight"), operation: .normalization, shape: scale.shape, macs: 0,
        otherParameters: shift.shape.count))
    return shape
  }

  package func connect(
    _ channels: ChannelGraph.Channels, at path: String, in graph: inout ChannelGraph
  ) -> ChannelGraph.Channels {
    graph.normalize(channels, .init(path: path, scale: scale, shift: shift, statistics: statistics))
    if isRectified { graph.rectify(channels, at: path) }
    return channels
  }
}

/// min(max(x, 0), 6).
package final class ReLU6: Layer {
  package init() {}

  package func callAsFunction(_ x: Variable, _ pass: Pass) -> Variable { pass.relu6(x) }

  package func members(at path: String) -> [Member] { [] }

  package func trace(_ shape: Shape, at path: String, into costs: inout [LayerCost]) -> Shape { shape }

  package func connect(
    _ channels: ChannelGraph.Channels, at path: String, in graph: inout ChannelGraph
  ) -> ChannelGraph.Channels {
    graph.rectify(channels, at: path)
    return channels
  }
}

/// Linear map with bias.
package final class Linear: Layer {
  package let weight: Parameter
  package let bias: Parameter

  package init(_ inputs: Int, _ outputs: Int) {
    weight = Parameter(Tensor(repeating: 0, shape: [outputs, inputs]), role: .weight)
    bias = Parameter(Tensor(repeating: 0, shape: [outputs]), role: .bias)
  }

  package func callAsFunction(_ x: Variable, _ pass: Pass) -> Variable {
    pass.linear(x, weight: weight, bias: bias)
  }

  package func members(at path: String) -> [Member] {
    [.parameter(path: joined(path, "weight"), weight), .parameter(path: joined(path, "bias"), bias)]
  }

  package func trace(_ shape: Shape, at path: String, into costs: inout [LayerCost]) -> Shape {
    costs.append(
      LayerCost(
        path: joined(path, "weight"), operation: .linear, shape: weight.shape, macs: weight.shape.count,
        otherParameters: bias.shape.count))
    return [shape[0], weight.shape[0]]
  }

  package func connect(
    _ channels: ChannelGraph.Channels, at path: String, in graph: inout ChannelGraph
  ) -> ChannelGraph.Channels {
    graph.transform(channels, at: path, weight: weight, bias: bias)
  }
}

/// Maximum over windows.
package final class MaxPool2d: Layer {
  let geometry: PoolingGeometry

  package init(kernel: Int, stride: Int, padding: Int) {
    geometry = PoolingGeometry(.maximum, kernel: kernel, stride: stride, padding: padding)
  }

  package func callAsFunction(_ x: Variable, _ pass: Pass) -> Variable { pass.pooling(x, geometry) }

  package func members(at path: String) -> [Member] { [] }

  package func trace(_ shape: Shape, at path: String, into costs: inout [LayerCost]) -> Shape {
    let height = (shape[2] + 2 * geometry.padding - geometry.kernelHeight) / geometry.stride + 1
    let width = (shape[3] + 2 * geometry.padding - geometry.kernelWidth) / geometry.stride + 1
    return [shape[0], shape[1], height, width]
  }

  package func connect(
    _ channels: ChannelGraph.Channels, at path: String, in graph: inout ChannelGraph
  ) -> ChannelGraph.Channels { channels }
}

/// Mean over the whole image, images to vectors.
package final class GlobalAveragePool2d: Layer {
  package init() {}

  package func callAsFunction(_ x: Variable, _ pass: Pass) -> Variable { pass.globalAveragePooling(x) }

  package func members(at path: String) -> [Member] { [] }

  package func trace(_ shape: Shape, at path: String, into costs: inout [LayerCost]) -> Shape {
    [shape[0], shape[1]]
  }

  package func connect(
    _ channels: ChannelGraph.Channels, at path: String, in graph: inout ChannelGraph
  ) -> ChannelGraph.Channels { channels }
}

/// Named layers one after the other.
package final class Sequence: Layer {
  let layers: [(name: String, layer: any Layer)]

  /// A layer without parameters may have an empty name.
  package init(_ layers: [(name: String, layer: any Layer)]) {
    self.layers = layers
  }

  package func callAsFunction(_ x: Variable, _ pass: Pass) -> Variable {
    layers.reduce(x) { x, entry in entry.layer(x, pass.at(entry.name)) }
  }

  package func members(at path: String) -> [Member] {
    layers.flatMap { $0.layer.members(at: $0.name.isEmpty ? path : joined(path, $0.name)) }
  }

  package func trace(_ shape: Shape, at path: String, into costs: inout [LayerCost]) -> Shape {
    layers.reduce(shape) { shape, entry in
      entry.layer.trace(shape, at: entry.name.isEmpty ? path : joined(path, entry.name), into: &costs)
    }
  }

  package func connect(
    _ channels: ChannelGraph.Channels, at path: String, in graph: inout ChannelGraph
  ) -> ChannelGraph.Channels {
    layers.reduce(channels) { channels, entry in
      entry.layer.connect(channels, at: entry.name.isEmpty ? path : joined(path, entry.name), in: &graph)
    }
  }
}
