import Autodiff
import Kernels

/// What a BERT classifier computes in use: its present weights by their places, heads and feed-forward rows that were
/// taken out already gone.
package struct FrozenEncoder {
  /// - Shapes: `weight` [out, in]; `bias` [out].
  package struct Linear {
    package let path: String
    package let weight: Tensor
    package let bias: Tensor
  }

  /// - Shapes: `scale` and `shift` [D].
  package struct Normalization {
    package let path: String
    package let scale: Tensor
    package let shift: Tensor
  }

  package struct Layer {
    /// Such as `bert.encoder.layer.0`.
    package let path: String
    package let heads: Int
    package let query: Linear
    package let key: Linear
    package let value: Linear
    package let attended: Linear
    package let attentionNorm: Normalization
    package let intermediate: Linear
    package let output: Linear
    package let outputNorm: Normalization
  }

  package let config: BertModelConfig
  /// - Shapes: [rows, D].
  package let words: Tensor
  package let positions: Tensor
  package let types: Tensor
  package let embeddingNorm: Normalization
  package let layers: [Layer]
  /// nil where the mean is pooled.
  package let pooler: Linear?
  package let classifier: Linear
}

extension BertClassifier {
  /// What the network computes in use, with its present weights.
  package func frozenEncoder() -> FrozenEncoder {
    let state = state
    func tensor(_ path: String) -> Tensor {
      guard let tensor = state[path] else { preconditionFailure("frozen encoder: no parameter '\(path)'") }
      return tensor
    }
    func linear(_ path: String) -> FrozenEncoder.Linear {
      FrozenEncoder.Linear(path: path, weight: tensor("\(path).weight"), bias: tensor("\(path).bias"))
    }
    func normalization(_ path: String) -> FrozenEncoder.Normalization {
      FrozenEncoder.Normalization(path: path, scale: tensor("\(path).weight"), shift: tensor("\(path).bias"))
    }
    return FrozenEncoder(
      config: config, words: tensor("bert.embeddings.word_embeddings.weight"),
      positions: tensor("bert.embeddings.position_embeddings.weight"),
      types: tensor("bert.embeddings.token_type_embeddings.weight"),
      embeddingNorm: normalization("bert.embeddings.LayerNorm"),
      layers: (0..<config.encoder.layers).map { index in
        let path = "bert.encoder.layer.\(index)"
        return FrozenEncoder.Layer(
          path: path, heads: config.encoder.heads(ofLayer: index), query: linear("\(path).attention.self.query"),
          key: linear("\(path).attention.self.key"), value: linear("\(path).attention.self.value"),
          attended: linear("\(path).attention.output.dense"),
          attentionNorm: normalization("\(path).attention.output.LayerNorm"),
          intermediate: linear("\(path).intermediate.dense"), output: linear("\(path).output.dense"),
          outputNorm: normalization("\(path).output.LayerNorm"))
      },
      pooler: config.pooling == .firstPosition ? linear("bert.pooler.dense") : nil, classifier: linear("classifier"))
  }
}

extension FrozenEncoder.Linear {
  /// One map with the rows of all of `maps`, which read the same numbers.
  package static func stacked(_ maps: [Self], path: String) -> Self {
    let rows = maps.reduce(0) { $0 + $1.weight.shape[0] }
    return Self(
      path: path,
      weight: Tensor(maps.flatMap { $0.weight.elements }, shape: [rows, maps.first?.weight.shape[1] ?? 0]),
      bias: Tensor(maps.flatMap { $0.bias.elements }, shape: [rows]))
  }

  /// The map times `factor`.
  package func scaled(by factor: Float) -> Self {
    Self(
      path: path, weight: Elementwise.scaled(weight, by: factor), bias: Elementwise.scaled(bias, by: factor))
  }
}
