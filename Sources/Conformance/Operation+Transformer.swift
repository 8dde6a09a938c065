import Autodiff
import Foundation
import Kernels
import Networks

extension Operation {
  func layerNormalization(_ given: Case) throws -> Results {
    struct Attributes: Decodable {
      let eps: Float
    }
    let attributes = try given.decoded(Attributes.self)
    let scale = Parameter(try given.tensor("weight"), role: .normalization)
    let shift = Parameter(try given.tensor("bias"), role: .normalization)
    let input = try given.tensor("input").shape
    try require(
      input.rank >= 1 && scale.shape == [input[input.rank - 1]] && shift.shape == scale.shape && input.count > 0
        && attributes.eps >= 0,
      given, "input \(input), weight \(scale.shape) and bias \(shift.shape) do not fit each other")
    return try differentiate(given, parameters: ["weight": scale, "bias": shift]) {
      $1.layerNormalization($0, scale: scale, shift: shift, epsilon: attributes.eps)
    }
  }

  func embedding(_ given: Case) throws -> Results {
    let table = Parameter(try given.tensor("weight"), role: .embedding)
    let (indices, shape) = (try given.integer("indices"), try given.integerShape("indices"))
    try require(
      table.shape.rank == 2 && indices.allSatisfy { (0..<table.shape[0]).contains($0) }, given,
      "weight \(table.shape) does not hold all indices")
    let tape = Tape()
    let output = Pass(.training, tape: tape).embedding(table, indices: indices, shape: shape)
    tape.backward(from: output, upstream: try given.upstream(of: output.shape))
    var results = Results(tensors: ["output": output.value])
    results.tensors["grad.weight"] = table.gradient
    return results
  }

  /// Heads as an axis of their own, [B, H, T, D], brought side by side for the engine and back.
  func attention(_ given: Case) throws -> Results {
    let (query, key, value) = (try given.tensor("query"), try given.tensor("key"), try given.tensor("value"))
    let keyMask = given.integers["key_mask"].map { $0.map { $0 != 0 } }
    let shape = query.shape
    try require(
      shape.rank == 4 && key.shape == shape && value.shape == shape && shape.count > 0, given,
      "query \(shape), key \(key.shape) and value \(value.shape) do not fit each other")
    let (batch, heads, length) = (shape[0], shape[1], shape[2])
    if let keyMask {
      try require(
        keyMask.count == batch * length
          && (0..<batch).allSatisfy { keyMask[$0 * length..<($0 + 1) * length].contains(true) },
        given, "key_mask does not leave a key to every sequence of query \(shape)")
    }
    let operands = [query, key, value].map { Variable(sideBySide($0), needsGradient: true) }
    let tape = Tape()
    let output = Pass(.training, tape: tape).attention(
      query: operands[0], key: operands[1], value: operands[2], heads: heads, keyMask: keyMask)
    tape.backward(from: output, upstream: sideBySide(try given.upstream(of: shape)))
    var results = Results(tensors: ["output": apart(output.value, heads: heads)])
    for (name, operand) in zip(["query", "key", "value"], operands) {
      results.tensors["grad.\(name)"] = operand.gradient.map { apart($0, heads: heads) }
    }
    return results
  }

  func meanSquaredError(_ given: Case) throws -> Results {
    struct Attributes: Decodable {
      let reduction: String
    }
    let attributes = try given.decoded(Attributes.self)
    guard attributes.reduction == "mean" else {
      throw ConformanceError.unknownVariant(operation: given.operation, variant: attributes.reduction)
    }
    let (prediction, target) = (try given.tensor("input"), try given.tensor("target"))
    try require(
      prediction.shape == target.shape && prediction.count > 0, given,
      "input \(prediction.shape) and target \(target.shape) do not fit each other")
    let (loss, gradient) = MeanSquaredError.lossAndGradient(prediction, target: target)
    let upstream = try given.upstream(of: []).scalar
    return Results(tensors: [
      "output": Tensor([Float(loss)], shape: []),
      "grad.input": Tensor(gradient.elements.map { $0 * upstream }, shape: gradient.shape),
    ])
  }

  /// A whole classifier whose parameters are drawn from their names.
  func bert(_ given: Case) throws -> Results {
    struct Attributes: Decodable {
      let vocabulary: Int
      let width: Int
      let layers: Int
      let heads: Int
      let intermediate: Int
      let positions: Int
      let outputs: Int
      let eps: Double
      let salt: String
      let parameters: Int
      let gradientNorms: [String: Double]

      enum CodingKeys: String, CodingKey {
        case vocabulary = "vocab_size"
        case width = "hidden_size"
        case layers
        case heads
        case intermediate = "intermediate_size"
        case positions = "max_positions"
        case outputs = "labels"
        case eps
        case salt
        case parameters
        case gradientNorms = "grad_norms"
      }
    }
    let attributes = try given.decoded(Attributes.self)
    let sizes = [
      attributes.vocabulary, attributes.width, attributes.heads, attributes.intermediate, attributes.positions,
      attributes.outputs,
    ]
    guard
      sizes.allSatisfy({ (1...1 << 20).contains($0) }), (0...1000).contains(attributes.layers),
      attributes.width % attributes.heads == 0, attributes.eps >= 0
    else { throw ConformanceError.malformedAttributes(case: given.name, operation: given.operation) }
    let config = BertConfig(
      vocabularySize: attributes.vocabulary, hiddenSize: attributes.width, layers: attributes.layers,
      heads: attributes.heads, intermediateSize: attributes.intermediate, positions: attributes.positions,
      tokenTypes: 2, epsilon: attributes.eps, dropout: 0)
    let batch = try tokenBatch(given, config)
    let labels = try given.integer("labels")
    try require(
      labels.count == batch.batch && labels.allSatisfy { (0..<attributes.outputs).contains($0) }, given,
      "\(labels.count) labels for \(batch.batch) sequences, or one outside 0..<\(attributes.outputs)")
    let network = BertClassifier(config, outputs: attributes.outputs)
    try network.load(HashedWeights(salt: attributes.salt).state(for: network.state))
    let tape = Tape()
    let output = network(batch, Pass(.training, tape: tape))
    let (loss, gradient) = SoftmaxCrossEntropy.lossAndGradient(output.value, labels: labels, labelSmoothing: 0)
    tape.backward(from: output, upstream: gradient)
    var results = Results(tensors: ["output": output.value, "loss": Tensor([Float(loss)], shape: [])])
    results.scalars["parameters"] = (Double(network.parameterCount), Double(attributes.parameters), 0)
    results.addGradients(of: network.parameters, norms: attributes.gradientNorms)
    return results
  }

  /// An encoder with the weights of a data package.
  func pretrainedBert(_ given: Case) throws -> Results {
    struct Attributes: Decodable {
      let package: String
      let heads: Int
      let layers: Int
      let eps: Double
    }
    let attributes = try given.decoded(Attributes.self)
    let folder = try given.folder(ofPackage: attributes.package)
    let encoder = try PretrainedEncoder(folder: folder)
    let config = encoder.config
    guard config.layers == attributes.layers, config.heads == attributes.heads, config.epsilon == attributes.eps else {
      throw ConformanceError.malformedInput(
        case: given.name, reason: "package '\(attributes.package)' does not hold a BERT encoder of its attributes")
    }
    // A backbone has neither prefix nor pooler: that stands behind the encoder, which is compared.
    let weights = encoder.tensors.filter { !$0.key.hasPrefix("bert.pooler.") }
    let batch = try tokenBatch(given, config)
    let network = BertBackbone(config)
    try network.load(Dictionary(uniqueKeysWithValues: weights.map { (String($0.key.dropFirst(5)), $0.value) }))
    return Results(tensors: ["output": network(batch, Pass(.evaluation)).value])
  }

  /// Tokens, kinds and mask as a batch for an encoder of `config`; kinds default to 0.
  func tokenBatch(_ given: Case, _ config: BertConfig) throws -> TokenBatch {
    let (tokens, shape) = (try given.integer("input_ids"), try given.integerShape("input_ids"))
    let mask = given.integers["attention_mask"] ?? [Int](repeating: 1, count: tokens.count)
    let types = given.integers["token_type_ids"] ?? [Int](repeating: 0, count: tokens.count)
    try require(
      shape.rank == 2 && shape.count > 0 && mask.count == tokens.count && types.count == tokens.count, given,
      "input_ids \(shape), attention_mask and token_type_ids do not fit each other")
    try require(
      shape[1] <= config.positions && tokens.allSatisfy { (0..<config.vocabularySize).contains($0) }
        && types.allSatisfy { (0..<config.tokenTypes).contains($0) },
      given, "input_ids \(shape) do not fit a vocabulary of \(config.vocabularySize) and \(config.positions) positions")
    try require(
      (0..<shape[0]).allSatisfy { mask[$0 * shape[1]..<($0 + 1) * shape[1]].contains { $0 != 0 } }, given,
      "attention_mask leaves no token to a sequence")
    return TokenBatch(
      batch: shape[0], length: shape[1], tokens: tokens, types: types, isToken: mask.map { $0 != 0 })
  }

  /// [B, H, T, D] as [B, T, H * D].
  private func sideBySide(_ x: Tensor) -> Tensor {
    let (batch, heads, length, width) = (x.shape[0], x.shape[1], x.shape[2], x.shape[3])
    let elements = x.elements
    var result = elements
    for index in elements.indices {
      let (d, t) = (index % width, index / width % length)
      let (h, b) = (index / width / length % heads, index / width / length / heads)
      result[((b * length + t) * heads + h) * width + d] = elements[index]
    }
    return Tensor(result, shape: [batch, length, heads * width])
  }

  /// [B, T, H * D] as [B, H, T, D].
  private func apart(_ x: Tensor, heads: Int) -> Tensor {
    let (batch, length, width) = (x.shape[0], x.shape[1], x.shape[2] / heads)
    let elements = x.elements
    var result = elements
    for index in elements.indices {
      let (d, h) = (index % width, index / width % heads)
      let (t, b) = (index / width / heads % length, index / width / heads / length)
      result[((b * heads + h) * length + t) * width + d] = elements[index]
    }
    return Tensor(result, shape: [batch, heads, length, width])
  }
}
