import Autodiff
import Kernels

/// BERT's encoder: embeddings and transformer layers with the normalisation behind each sublayer.
///
/// Parameter paths as in the published checkpoints: `embeddings.word_embeddings.weight`,
/// `encoder.layer.K.attention.self.query.weight` and so on.
///
/// - Source: Devlin, Chang, Lee, Toutanova 2019, arXiv 1810.04805.
package final class BertEncoder {
  package let config: BertConfig
  private let words: Parameter
  private let positions: Parameter
  private let types: Parameter
  private let normalization: LayerNorm
  private let layers: [BertLayer]

  /// - Precondition: counts of what is left of a shrunk encoder within what there was.
  package init(_ config: BertConfig) {
    if let fault = config.faultOfCounts { preconditionFailure("BERT: \(fault)") }
    self.config = config
    func table(_ rows: Int) -> Parameter {
      Parameter(Tensor(repeating: 0, shape: [rows, config.hiddenSize]), role: .embedding)
    }
    words = table(config.vocabularySize)
    positions = table(config.positions)
    types = table(config.tokenTypes)
    normalization = LayerNorm(config.hiddenSize, epsilon: Float(config.epsilon))
    layers = (0..<config.layers).map { BertLayer(config, index: $0) }
  }

  /// The last layer's vector of every position.
  ///
  /// - Shapes: result [B, T, D].
  /// - Precondition: sequences are no longer than the position table.
  package func callAsFunction(_ batch: TokenBatch, _ pass: Pass) -> Variable {
    let keyMask = keyMask(batch)
    return layers.enumerated().reduce(embedded(batch, pass)) { x, layer in
      layer.element(x, asking: x, keyMask: keyMask, pass.at("encoder.layer.\(layer.offset)"))
    }
  }

  /// The last layer's vector of the first position, which is all that a classifier reads.
  ///
  /// The last layer is computed for that position alone: the others' keys and values count, their results do not. What
  /// comes out is the same, for a tenth of the layer's work or so.
  ///
  /// - Shapes: result [B, D].
  /// - Precondition: sequences are no longer than the position table.
  package func firstPosition(_ batch: TokenBatch, _ pass: Pass) -> Variable {
    let keyMask = keyMask(batch)
    var x = embedded(batch, pass)
    for (index, layer) in layers.enumerated() {
      let asking = index == layers.count - 1 ? pass.firstPosition(x) : x
      x = layer(x, asking: asking, keyMask: keyMask, pass.at("encoder.layer.\(index)"))
    }
    if layers.isEmpty { x = pass.firstPosition(x) }
    return pass.reshaped(x, to: [batch.batch, config.hiddenSize])
  }

  /// What the layers start from: the sum of three embeddings, normalised.
  private func embedded(_ batch: TokenBatch, _ pass: Pass) -> Variable {
    pass.require(
      batch.length <= config.positions, "BERT",
      "sequences of \(batch.length) tokens, but 'embeddings.position_embeddings.weight' has shape \(positions.shape)")
    let shape: Shape = [batch.batch, batch.length]
    let places = (0..<batch.batch).flatMap { _ in 0..<batch.length }
    let inner = pass.at("embeddings")
    let tokens = pass.sum(
      inner.at("word_embeddings").embedding(words, indices: batch.tokens, shape: shape),
      inner.at("token_type_embeddings").embedding(types, indices: batch.types, shape: shape))
    let embedded = normalization(
      pass.sum(tokens, inner.at("position_embeddings").embedding(positions, indices: places, shape: shape)),
      inner.at("LayerNorm"))
    return pass.dropout(embedded, inner.dropoutMask(config.dropout))
  }

  /// Heads and feed-forward rows of every layer.
  func channelGroups(at path: String) -> [ChannelGroup] {
    layers.enumerated().flatMap { $0.element.channelGroups(at: joined(path, "encoder.layer.\($0.offset)")) }
  }

  /// nil where every position counts.
  private func keyMask(_ batch: TokenBatch) -> [Bool]? { batch.isToken.allSatisfy(\.self) ? nil : batch.isToken }

  /// Every parameter under its dotted path, in the order of the published checkpoints.
  package func members(at path: String) -> [Member] {
    let embeddings = joined(path, "embeddings")
    return [
      .parameter(path: joined(embeddings, "word_embeddings.weight"), words),
      .parameter(path: joined(embeddings, "position_embeddings.weight"), positions),
      .parameter(path: joined(embeddings, "token_type_embeddings.weight"), types),
    ] + normalization.members(at: joined(embeddings, "LayerNorm"))
      + layers.enumerated().flatMap { $0.element.members(at: joined(path, "encoder.layer.\($0.offset)")) }
  }
}

/// One transformer layer: attention and feed-forward sublayers, each with a residual addition and a normalisation.
private final class BertLayer {
  private let config: BertConfig
  private let heads: Int
  private let query: Linear
  private let key: Linear
  private let value: Linear
  private let attended: Linear
  private let attentionNorm: LayerNorm
  private let intermediate: Linear
  private let output: Linear
  private let outputNorm: LayerNorm

  init(_ config: BertConfig, index: Int) {
    self.config = config
    let width = config.hiddenSize
    heads = config.heads(ofLayer: index)
    let attentionWidth = heads * config.headWidth
    query = Linear(width, attentionWidth)
    key = Linear(width, attentionWidth)
    value = Linear(width, attentionWidth)
    attended = Linear(attentionWidth, width)
    attentionNorm = LayerNorm(width, epsilon: Float(config.epsilon))
    let wide = config.feedForward(ofLayer: index)
    intermediate = Linear(width, wide)
    output = Linear(wide, width)
    outputNorm = LayerNorm(width, epsilon: Float(config.epsilon))
  }

  /// Results of the positions in `asking`, which look at all of `x`.
  ///
  /// - Shapes: `x` [B, T, D]; `asking` and result [B, S, D].
  func callAsFunction(_ x: Variable, asking: Variable, keyMask: [Bool]?, _ pass: Pass) -> Variable {
    let (selfPass, attendedPass) = (pass.at("attention.self"), pass.at("attention.output"))
    let attention = selfPass.attention(
      query: query(asking, selfPass.at("query")), key: key(x, selfPass.at("key")),
      value: value(x, selfPass.at("value")), heads: heads, keyMask: keyMask,
      dropout: selfPass.dropoutMask(config.dropout))
    let middle = attendedPass.projectedResidual(
      attention, weight: attended.weight, bias: attended.bias, residual: asking,
      dropout: attendedPass.dropoutMask(config.dropout), scale: attentionNorm.scale, shift: attentionNorm.shift,
      epsilon: attentionNorm.epsilon)
    let wide = pass.at("intermediate.dense").activatedLinear(
      middle, weight: intermediate.weight, bias: intermediate.bias, activation: .gelu)
    let outputPass = pass.at("output")
    return outputPass.projectedResidual(
      wide, weight: output.weight, bias: output.bias, residual: middle,
      dropout: outputPass.dropoutMask(config.dropout), scale: outputNorm.scale, shift: outputNorm.shift,
      epsilon: outputNorm.epsilon)
  }

  /// The layer's heads, and its feed-forward rows.
  func channelGroups(at path: String) -> [ChannelGroup] {
    let makers = [("query", query), ("key", key), ("value", value)].flatMap { name, map -> [ChannelGroup.Member] in
      let place = "\(path).attention.self.\(name)"
      return [.producer(path: "\(place).weight", map.weight), .bias(path: "\(place).bias", map.bias)]
    }
    let rows: [ChannelGroup.Member] = [
      .producer(path: "\(path).intermediate.dense.weight", intermediate.weight),
      .bias(path: "\(path).intermediate.dense.bias", intermediate.bias),
      .consumer(path: "\(path).output.dense.weight", output.weight),
    ]
    return [
      ChannelGroup(
        name: "\(path).attention.self.query.weight", kind: .attentionHeads, count: heads, width: config.headWidth,
        members: makers + [.consumer(path: "\(path).attention.output.dense.weight", attended.weight)], reason: "",
        featurePath: ""),
      ChannelGroup(
        name: "\(path).intermediate.dense.weight", kind: .feedForwardRows, count: intermediate.weight.shape[0],
        width: 1, members: rows, reason: "", featurePath: ""),
    ]
  }

  func members(at path: String) -> [Member] {
    query.members(at: "\(path).attention.self.query") + key.members(at: "\(path).attention.self.key")
      + value.members(at: "\(path).attention.self.value") + attended.members(at: "\(path).attention.output.dense")
      + attentionNorm.members(at: "\(path).attention.output.LayerNorm")
      + intermediate.members(at: "\(path).intermediate.dense") + output.members(at: "\(path).output.dense")
      + outputNorm.members(at: "\(path).output.LayerNorm")
  }
}
