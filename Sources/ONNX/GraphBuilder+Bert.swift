import Autodiff
import Kernels
import Networks

extension GraphBuilder {
  /// A network that reads text.
  ///
  /// Vectors of all positions are the rows of one matrix, so that linear weights are used as PyTorch stores them.
  init(_ classifier: BertClassifier) {
    self.init(name: "bert")
    var writer = BertWriter(classifier, self)
    writer.write()
    self = writer.builder
  }
}

/// Writes a BERT classifier's nodes.
private struct BertWriter {
  private typealias Value = GraphBuilder.Value

  var builder: GraphBuilder
  private let config: BertModelConfig
  private let tensors: [String: Tensor]

  init(_ classifier: BertClassifier, _ builder: GraphBuilder) {
    self.builder = builder
    config = classifier.config
    tensors = classifier.state
  }

  mutating func write() {
    let extents: [GraphBuilder.Extent] = [.named("batch"), .named("length")]
    let tokens = builder.input("input_ids", .int64, extents)
    let mask = builder.input("attention_mask", .int64, extents)
    let types = builder.input("token_type_ids", .int64, extents)
    // Batch and length.
    let extent = builder.apply(.shape, at: "extent", tokens)
    let isToken = builder.apply(
      .unsqueeze, at: "keys",
      builder.apply(.cast, at: "keys", mask, attributes: ["to": .type(.bool)]), builder.constant("keys.axes", [1, 2]))
    var rows = embedded(tokens, types)
    for index in 0..<config.encoder.layers {
      let heads = config.encoder.heads(ofLayer: index)
      rows = layer(rows, heads: heads, isToken, extent, at: "bert.encoder.layer.\(index)")
    }
    _ = linear(pooled(rows, mask, extent), at: "classifier")
    builder.finish(as: "logits", [.named("batch"), .fixed(config.outputs)])
  }

  /// The sum of three embeddings, normalised.
  private mutating func embedded(_ tokens: Value, _ types: Value) -> Value {
    let path = "bert.embeddings"
    let (words, kinds, places) = (
      "\(path).word_embeddings", "\(path).token_type_embeddings", "\(path).position_embeddings"
    )
    let sum = builder.apply(
      .add, at: words, builder.apply(.gather, at: words, parameter("\(words).weight"), tokens),
      builder.apply(.gather, at: kinds, parameter("\(kinds).weight"), types))
    let length = builder.apply(.shape, at: places, tokens, attributes: ["start": .integer(1)])
    let first = builder.constant("\(path).first", [0])
    let placed = builder.apply(
      .add, at: places, sum,
      builder.apply(.slice, at: places, parameter("\(places).weight"), first, length, first))
    let rows = builder.apply(
      .reshape, at: path, placed, builder.constant("\(path).rows", [-1, config.encoder.hiddenSize]))
    return normalized(rows, at: "\(path).LayerNorm")
  }

  private mutating func layer(_ rows: Value, heads: Int, _ isToken: Value, _ extent: Value, at path: String) -> Value {
    let attended = linear(
      attention(rows, heads: heads, isToken, extent, at: "\(path).attention.self"),
      at: "\(path).attention.output.dense")
    let middle = normalized(
      builder.apply(.add, at: "\(path).attention.output", attended, rows), at: "\(path).attention.output.LayerNorm")
    let wide = builder.gelu(linear(middle, at: "\(path).intermediate.dense"), at: "\(path).intermediate")
    let narrow = linear(wide, at: "\(path).output.dense")
    return normalized(builder.apply(.add, at: "\(path).output", narrow, middle), at: "\(path).output.LayerNorm")
  }

  /// softmax(Q K^T / sqrt(D)) V of every head, where keys that are padding get a share of exactly 0.
  private mutating func attention(
    _ rows: Value, heads: Int, _ isToken: Value, _ extent: Value, at path: String
  ) -> Value {
    let width = config.encoder.headWidth
    let apart = builder.apply(
      .concat, at: path, extent, builder.constant("heads.\(heads)", [heads, width]), attributes: ["axis": .integer(0)])
    func split(_ name: String, order: [Int]) -> Value {
      let place = "\(path).\(name)"
      return builder.apply(
        .transpose, at: place, builder.apply(.reshape, at: place, linear(rows, at: place), apart),
        attributes: ["perm": .integers(order)])
    }
    let query = split("query", order: [0, 2, 1, 3])
    let key = split("key", order: [0, 2, 3, 1])
    let value = split("value", order: [0, 2, 1, 3])
    let scores = builder.apply(
      .mul, at: path, builder.apply(.matMul, at: path, query, key),
      builder.constant("heads.factor", Float(1 / Double(width).squareRoot())))
    let counted = builder.apply(
      .where, at: path, isToken, scores, builder.constant("keys.lowest", -Float.greatestFiniteMagnitude))
    let shares = builder.apply(.softmax, at: path, counted, attributes: ["axis": .integer(-1)])
    let mixed = builder.apply(.matMul, at: "\(path).shares", shares, value)
    let together = builder.apply(.transpose, at: path, mixed, attributes: ["perm": .integers([0, 2, 1, 3])])
    return builder.apply(.reshape, at: path, together, builder.constant("rows.\(heads)", [-1, heads * width]))
  }

  /// What the head reads of every sequence.
  ///
  /// - Shapes: result [batch, D].
  private mutating func pooled(_ rows: Value, _ mask: Value, _ extent: Value) -> Value {
    let path = "bert.pooler"
    let shape = builder.apply(
      .concat, at: path, extent, builder.constant("\(path).width", [config.encoder.hiddenSize]),
      attributes: ["axis": .integer(0)])
    let vectors = builder.apply(.reshape, at: path, rows, shape)
    switch config.pooling {
    case .firstPosition:
      let first = builder.apply(
        .gather, at: path, vectors, builder.constant("\(path).first", [0]), attributes: ["axis": .integer(1)])
      let flat = builder.apply(.flatten, at: path, first, attributes: ["axis": .integer(1)])
      return builder.apply(.tanh, at: path, linear(flat, at: "\(path).dense"))
    case .mean:
      let counted = builder.apply(
        .unsqueeze, at: path,
        builder.apply(.cast, at: path, mask, attributes: ["to": .type(.float)]),
        builder.constant("\(path).last", [2]))
      let axis = builder.constant("\(path).positions", [1])
      let sum = builder.apply(
        .reduceSum, at: path, builder.apply(.mul, at: path, vectors, counted), axis,
        attributes: ["keepdims": .integer(0)])
      let count = builder.apply(
        .reduceSum, at: "\(path).count", counted, axis, attributes: ["keepdims": .integer(0)])
      return builder.apply(.div, at: path, sum, count)
    }
  }

  private mutating func linear(_ rows: Value, at path: String) -> Value {
    builder.apply(
      .gemm, at: path, rows, parameter("\(path).weight"), parameter("\(path).bias"),
      attributes: ["transB": .integer(1)])
  }

  private mutating func normalized(_ rows: Value, at path: String) -> Value {
    builder.apply(
      .layerNormalization, at: path, rows, parameter("\(path).weight"), parameter("\(path).bias"),
      attributes: ["axis": .integer(-1), "epsilon": .float(Float(config.encoder.epsilon))])
  }

  private mutating func parameter(_ path: String) -> Value {
    guard let tensor = tensors[path] else { preconditionFailure("BERT classifier without parameter '\(path)'") }
    return builder.parameter(path, tensor)
  }
}
