import Kernels
import Networks

/// Turns a frozen encoder into steps, from its tokens to its scores.
struct TokenPlanBuilder {
  private(set) var layers: [PlannedLayer] = []
  private(set) var steps: [TokenStep] = []
  /// Of each value.
  private(set) var shapes: [Shape] = []
  private let layout: TokenLayout
  private let choice: KernelChoice

  init(_ layout: TokenLayout, choice: KernelChoice) {
    self.layout = layout
    self.choice = choice
  }

  /// From the step that makes a value to the last that reads it.
  var lifetimes: [MemoryPlan.Lifetime] {
    shapes.indices.map { value in
      let first = steps.firstIndex { $0.output == value } ?? 0
      let last = steps.lastIndex { $0.input == value || $0.second == value } ?? steps.count
      return MemoryPlan.Lifetime(count: ImagePlanes.count(shapes[value]), steps: first...max(first, last))
    }
  }

  /// The whole encoder; its scores are the last value.
  mutating func append(_ encoder: FrozenEncoder) {
    let epsilon = Float(encoder.config.encoder.epsilon)
    let width = encoder.config.encoder.headWidth
    let embedding = PlanarEmbedding(
      words: encoder.words, positions: encoder.positions, types: encoder.types, layout: layout)
    let embedded = append(
      .embedding(embedding), of: nil, embedding.outputShape, "bert.embeddings", .embedding)
    var value = normalized(embedded, encoder.embeddingNorm, epsilon)
    for layer in encoder.layers.dropLast() { value = transformed(value, layer, width, epsilon) }
    switch encoder.config.pooling {
    case .mean:
      if let last = encoder.layers.last { value = transformed(value, last, width, epsilon) }
      value = append(.mean, of: value, pooledShape(of: value), "bert", .tokenMean)
    case .firstPosition:
      let first = append(
        .firstPosition(layout), of: value, pooledShape(of: value), "bert.encoder", .firstPosition)
      value = encoder.layers.last.map { transformedFirst(first, seen: value, $0, width, epsilon) } ?? first
    }
    if let pooler = encoder.pooler { value = product(of: value, pooler, .tanh) }
    _ = product(of: value, encoder.classifier)
  }

  /// A layer's results of all positions.
  private mutating func transformed(
    _ value: Int, _ layer: FrozenEncoder.Layer, _ width: Int, _ epsilon: Float
  ) -> Int {
    let features = layer.heads * width
    let maps = product(
      of: value,
      .stacked(
        [layer.scaledQuery(width), layer.key, layer.value], path: "\(layer.path).attention.self.{query,key,value}"))
    let attention = PlanarAttention(
      heads: layer.heads, width: width, asking: layout, seen: layout,
      places: .init(query: 0, key: features, value: 2 * features))
    let attended = append(
      .attention(attention), of: maps, attention.outputShape, "\(layer.path).attention.self", .attention,
      multiplications: 2 * layout.batch * layout.positions * layout.positions * features)
    return completed(value, attended, layer, epsilon)
  }

  /// A layer's results of the first positions, `first`, which look at all of `seen`.
  private mutating func transformedFirst(
    _ first: Int, seen: Int, _ layer: FrozenEncoder.Layer, _ width: Int, _ epsilon: Float
  ) -> Int {
    let features = layer.heads * width
    let maps = product(
      of: seen, .stacked([layer.key, layer.value], path: "\(layer.path).attention.self.{key,value}"))
    let query = product(of: first, layer.scaledQuery(width))
    let asking = TokenLayout(batch: layout.batch, length: 1)
    let attention = PlanarAttention(
      heads: layer.heads, width: width, asking: asking, seen: layout,
      places: .init(query: 0, key: 0, value: features))
    let attended = append(
      .attention(attention), of: query, second: maps, attention.outputShape, "\(layer.path).attention.self",
      .attention, multiplications: 2 * asking.batch * asking.positions * layout.positions * features)
    return completed(first, attended, layer, epsilon)
  }

  /// What follows attention: two sublayers' ends, with `value` added behind the first.
  private mutating func completed(
    _ value: Int, _ attended: Int, _ layer: FrozenEncoder.Layer, _ epsilon: Float
  ) -> Int {
    let middle = normalized(product(of: attended, layer.attended, residual: value), layer.attentionNorm, epsilon)
    let wide = product(of: middle, layer.intermediate, .gelu)
    return normalized(product(of: wide, layer.output, residual: middle), layer.outputNorm, epsilon)
  }

  private mutating func normalized(
    _ value: Int, _ normalization: FrozenEncoder.Normalization, _ epsilon: Float
  ) -> Int {
    let kernel = PlanarNormalization(
      scale: normalization.scale, shift: normalization.shift, epsilon: epsilon, input: shapes[value])
    return append(.normalization(kernel), of: value, kernel.shape, normalization.path, .normalization)
  }

  /// A product in the implementation that `choice` says.
  private mutating func product(
    of input: Int, _ map: FrozenEncoder.Linear, _ activation: PlaneActivation = .identity, residual: Int? = nil
  ) -> Int {
    let sparse = SparseProduct(weight: map.weight, bias: map.bias, activation: activation, input: shapes[input])
    let dense = PackedProduct(weight: map.weight, bias: map.bias, activation: activation, input: shapes[input])
    let (isSparse, reason): (Bool, String)
    switch choice {
    case .dense, .sparse: (isSparse, reason) = (choice == .sparse, "asked for")
    case .measured:
      let seconds = KernelRace.seconds([sparse, dense], addsResidual: residual != nil)
      let names: [PlannedLayer.Implementation] = [.sparseProduct, .denseProduct]
      (isSparse, reason) = (seconds[0] < seconds[1], KernelRace.reason(names.map(\.rawValue), seconds))
    }
    let tokens = sparse.outputShape[0] * sparse.outputShape[3]
    return append(
      .product(isSparse ? sparse : dense), of: input, second: residual, sparse.outputShape, map.path,
      isSparse ? .sparseProduct : .denseProduct, reason: reason, weights: map.weight.count, nonzeros: sparse.nonzeros,
      multiplications: (isSparse ? sparse.nonzeros : map.weight.count) * tokens)
  }

  /// Shape of a vector a sequence, of the features of `value`.
  private func pooledShape(of value: Int) -> Shape {
    TokenLayout(batch: layout.batch, length: 1).shape(features: shapes[value][1])
  }

  /// The number of the step's value.
  private mutating func append(
    _ kernel: TokenStep.Kernel, of input: Int?, second: Int? = nil, _ output: Shape, _ path: String,
    _ implementation: PlannedLayer.Implementation, reason: String = "the only implementation", weights: Int = 0,
    nonzeros: Int = 0, multiplications: Int = 0
  ) -> Int {
    steps.append(TokenStep(kernel: kernel, input: input, second: second, output: shapes.count))
    shapes.append(output)
    layers.append(
      PlannedLayer(
        path: path, implementation: implementation, reason: reason, output: output, weights: weights,
        nonzeros: nonzeros, multiplications: multiplications))
    return shapes.count - 1
  }
}

extension FrozenEncoder.Layer {
  /// The map to queries, with the factor of their scores, 1 / sqrt(width).
  fileprivate func scaledQuery(_ width: Int) -> FrozenEncoder.Linear {
    query.scaled(by: Float(1 / Double(width).squareRoot()))
  }
}
