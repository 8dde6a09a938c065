import Autodiff
import Kernels

extension Convolution2d {
  package func freeze(
    _ value: FrozenGraph.Value, at path: String, in graph: inout FrozenGraph
  ) -> FrozenGraph.Value {
    let bias = Tensor(repeating: 0, shape: [weight.shape[0]])
    return graph.append(.convolution(weight: weight.value, bias: bias, geometry), of: value, at: path)
  }
}

extension BatchNorm2d {
  package func freeze(
    _ value: FrozenGraph.Value, at path: String, in graph: inout FrozenGraph
  ) -> FrozenGraph.Value {
    let normalized = graph.normalize(value, at: path, self)
    if isRectified { graph.activate(normalized, .relu, at: path) }
    return normalized
  }
}

extension ReLU6 {
  package func freeze(
    _ value: FrozenGraph.Value, at path: String, in graph: inout FrozenGraph
  ) -> FrozenGraph.Value {
    graph.activate(value, .relu6, at: path)
    return value
  }
}

extension Linear {
  package func freeze(
    _ value: FrozenGraph.Value, at path: String, in graph: inout FrozenGraph
  ) -> FrozenGraph.Value {
    graph.append(.linear(weight: weight.value, bias: bias.value), of: value, at: path)
  }
}

extension MaxPool2d {
  package func freeze(
    _ value: FrozenGraph.Value, at path: String, in graph: inout FrozenGraph
  ) -> FrozenGraph.Value {
    graph.append(.pooling(geometry), of: value, at: path)
  }
}

extension GlobalAveragePool2d {
  package func freeze(
    _ value: FrozenGraph.Value, at path: String, in graph: inout FrozenGraph
  ) -> FrozenGraph.Value {
    graph.append(.globalAverage, of: value, at: path)
  }
}

extension Sequence {
  package func freeze(
    _ value: FrozenGraph.Value, at path: String, in graph: inout FrozenGraph
  ) -> FrozenGraph.Value {
    layers.reduce(value) { value, entry in
      entry.layer.freeze(value, at: entry.name.isEmpty ? path : joined(path, entry.name), in: &graph)
    }
  }
}
