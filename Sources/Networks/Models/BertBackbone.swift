import Autodiff
import Kernels

/// A BERT encoder by itself, under the names of checkpoints without a head.
package final class BertBackbone: TrainableNetwork {
  package let parameters: [(path: String, parameter: Parameter)]
  package let statistics: [(path: String, statistics: RunningStatistics)] = []
  private let encoder: BertEncoder

  /// Encoder with zero weights, for loading.
  package init(_ config: BertConfig) {
    encoder = BertEncoder(config)
    parameters = encoder.members(at: "").trainable
  }

  /// The last layer's vector of every position.
  ///
  /// - Shapes: result [B, T, D].
  package func callAsFunction(_ batch: TokenBatch, _ pass: Pass) -> Variable { encoder(batch, pass) }
}
