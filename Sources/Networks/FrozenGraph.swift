import Autodiff
import Kernels

/// What a network computes in use, collected by walking it from its images to its scores: batch normalisations folded
/// into the weights before them where that is wanted, activations and the sums of shortcuts into the layers that they
/// follow.
package struct FrozenGraph {
  /// A node's result.
  package struct Value {
    package let index: Int
  }

  package struct Node {
    /// Path of the layer, such as `features.3.0`; a pooling's is that of what it is in.
    package let path: String
    package let operation: Operation
    package let input: Value?
    /// Of a convolution's sum, before anything else happens to it; nil in a graph that has them folded.
    package fileprivate(set) var normalization: Normalization?
    /// Added before the activation.
    package fileprivate(set) var residual: Value?
    package fileprivate(set) var activation = PlaneActivation.identity
    /// Whether an activation was set: nothing can be folded into the node any more.
    fileprivate var isSettled = false
  }

  package enum Operation {
    case images
    /// - Shapes: `weight` [Co, Ci / groups, Kh, Kw]; `bias` [Co].
    case convolution(weight: Tensor, bias: Tensor, ConvolutionGeometry)
    /// - Shapes: `weight` [out, in]; `bias` [out].
    case linear(weight: Tensor, bias: Tensor)
    case pooling(PoolingGeometry)
    /// Mean over the whole image.
    case globalAverage
  }

  /// Batch normalisation with fixed statistics: scale * (x - mean) / sqrt(variance + epsilon) + shift.
  ///
  /// - Shapes: [C] each.
  package struct Normalization {
    package let path: String
    package let scale: Tensor
    package let shift: Tensor
    package let mean: Tensor
    package let variance: Tensor
    package let epsilon: Float
  }

  private let foldsNormalizations: Bool
  /// In an order in which they can be computed; the images come first.
  package private(set) var nodes: [Node] = [Node(path: "images", operation: .images, input: nil)]

  init(foldingNormalizations: Bool) {
    foldsNormalizations = foldingNormalizations
  }

  var images: Value { Value(index: 0) }

  mutating func append(_ operation: Operation, of input: Value, at path: String) -> Value {
    nodes.append(Node(path: path, operation: operation, input: input))
    return Value(index: nodes.count - 1)
  }

  /// The value, normalised.
  ///
  /// - Precondition: the value is a convolution's sum.
  mutating func normalize(_ value: Value, at path: String, _ layer: BatchNorm2d) -> Value {
    guard case .convolution(let weight, let bias, let geometry) = nodes[value.index].operation,
      !nodes[value.index].isSettled, nodes[value.index].residual == nil, nodes[value.index].normalization == nil
    else { preconditionFailure("normalisation at '\(path)': expected a convolution before it") }
    let normalization = Normalization(
      path: path, scale: layer.scale.value, shift: layer.shift.value, mean: layer.statistics.mean,
      variance: layer.statistics.variance, epsilon: BatchNorm2d.epsilon)
    guard foldsNormalizations else {
      nodes[value.index].normalization = normalization
      return value
    }
    let node = nodes[value.index]
    let (foldedWeight, foldedBias) = normalization.folded(intoWeight: weight, bias: bias)
    nodes[value.index] = Node(
      path: node.path, operation: .convolution(weight: foldedWeight, bias: foldedBias, geometry), input: node.input)
    return value
  }

  /// - Precondition: the value is the sum of a convolution or linear map, with a shortcut or without.
  mutating func activate(_ value: Value, _ activation: PlaneActivation, at path: String) {
    precondition(isSum(value) && !nodes[value.index].isSettled, "activation at '\(path)': expected a sum before it")
    nodes[value.index].activation = activation
    nodes[value.index].isSettled = true
  }

  /// - Precondition: `value` is the sum of a convolution, and `shortcut` was made before it.
  mutating func add(_ shortcut: Value, to value: Value, at path: String) {
    precondition(
      isSum(value) && !nodes[value.index].isSettled && nodes[value.index].residual == nil
        && shortcut.index < value.index,
      "shortcut at '\(path)': expected a sum that was made after it")
    nodes[value.index].residual = shortcut
  }

  private func isSum(_ value: Value) -> Bool {
    switch nodes[value.index].operation {
    case .convolution, .linear: true
    case .images, .pooling, .globalAverage: false
    }
  }
}

extension FrozenGraph.Normalization {
  /// With s = scale / sqrt(variance + epsilon), weights are multiplied by s, and biases become s * (bias - mean) + shift;
  /// zeros stay as they are.
  fileprivate func folded(intoWeight weight: Tensor, bias: Tensor) -> (weight: Tensor, bias: Tensor) {
    let (scale, shift, mean, variance) = (scale.elements, shift.elements, mean.elements, variance.elements)
    // In double precision, so that folding adds no error of its own.
    let factors = scale.indices.map { index in
      Double(scale[index]) / (Double(variance[index]) + Double(epsilon)).squareRoot()
    }
    var weights = weight.elements
    let width = weights.count / max(1, factors.count)
    for index in weights.indices where weights[index] != 0 {
      weights[index] = Float(Double(weights[index]) * factors[index / width])
    }
    let biases = bias.elements.enumerated().map { index, bias in
      Float(factors[index] * (Double(bias) - Double(mean[index])) + Double(shift[index]))
    }
    return (Tensor(weights, shape: weight.shape), Tensor(biases, shape: bias.shape))
  }
}

extension Network {
  /// What the network computes in use, with its present weights and running statistics; the scores are the last node.
  package func frozenGraph(foldingNormalizations: Bool = true) -> FrozenGraph {
    var graph = FrozenGraph(foldingNormalizations: foldingNormalizations)
    _ = layers.freeze(graph.images, at: "", in: &graph)
    return graph
  }
}
