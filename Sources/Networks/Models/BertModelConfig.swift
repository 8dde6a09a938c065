/// A BERT encoder with a linear head, fully resolved.
package struct BertModelConfig: Codable, Equatable, Sendable {
  /// What of the encoder the head reads.
  package enum Pooling: String, Codable, Sendable, CaseIterable {
    /// The first position's vector, through a linear map and tanh (BERT's pooler).
    case firstPosition = "first-position"
    /// The mean of the vectors of all positions that are no padding; no parameters of its own.
    case mean
  }

  package var encoder: BertConfig
  /// Classes, or 1 for regression.
  package var outputs: Int
  package var pooling: Pooling

  package init(encoder: BertConfig, outputs: Int, pooling: Pooling) {
    self.encoder = encoder
    self.outputs = outputs
    self.pooling = pooling
  }
}
