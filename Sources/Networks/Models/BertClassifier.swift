import Autodiff
import Kernels

/// A BERT encoder with a linear head on its pooled vectors: sequence classification, or regression with one output.
///
/// Parameter paths as in PyTorch's checkpoints of `BertForSequenceClassification`: `bert.…`, `bert.pooler.dense` (where
/// the first position is pooled), `classifier`.
package final class BertClassifier: PrunableNetwork {
  package let config: BertModelConfig
  package let parameters: [(path: String, parameter: Parameter)]
  package let statistics: [(path: String, statistics: RunningStatistics)] = []
  let encoder: BertEncoder
  /// nil where the mean is pooled.
  private let pooler: Linear?
  private let head: Linear

  /// Network with zero weights, for loading.
  ///
  /// - Precondition: outputs > 0; counts of what is left of a shrunk network within what there was.
  package init(_ config: BertModelConfig) {
    precondition(config.outputs > 0, "BERT classifier with \(config.outputs) outputs")
    self.config = config
    let width = config.encoder.hiddenSize
    encoder = BertEncoder(config.encoder)
    pooler =
      switch config.pooling {
      case .firstPosition: Linear(width, width)
      case .mean: nil
      }
    head = Linear(width, config.outputs)
    let members =
      encoder.members(at: "bert") + (pooler?.members(at: "bert.pooler.dense") ?? []) + head.members(at: "classifier")
    parameters = members.trainable
  }

  /// Network with initial weights as the authors draw them: normal with deviation 0.02, biases 0.
  ///
  /// Each parameter has its own stream, so its values do not depend on which others there are.
  package convenience init(_ config: BertModelConfig, seed: Seed) {
    self.init(config)
    for (path, parameter) in parameters where parameter.role == .weight || parameter.role == .embedding {
      let stream = seed.stream("init/\(path)")
      parameter.value.withMutableElements { elements in
        for index in elements.indices { elements[index] = Float(0.02 * stream.normal(at: index)) }
      }
    }
  }

  /// Network that pools the first position, with zero weights.
  package convenience init(_ encoder: BertConfig, outputs: Int) {
    self.init(BertModelConfig(encoder: encoder, outputs: outputs, pooling: .firstPosition))
  }

  /// Network that pools the first position, with initial weights.
  package convenience init(_ encoder: BertConfig, outputs: Int, seed: Seed) {
    self.init(BertModelConfig(encoder: encoder, outputs: outputs, pooling: .firstPosition), seed: seed)
  }

  /// Scores of every sequence.
  ///
  /// - Shapes: result [B, outputs].
  package func callAsFunction(_ batch: TokenBatch, _ pass: Pass) -> Variable {
    let pooled: Variable
    if let pooler {
      let first = encoder.firstPosition(batch, pass.at("bert"))
      pooled = pass.activation(pooler(first, pass.at("bert.pooler.dense")), .tanh)
    } else {
      let encoderPass = pass.at("bert")
      pooled = encoderPass.meanOverPositions(encoder(batch, encoderPass), counted: batch.isToken)
    }
    let inner = pass.at("classifier")
    return head(pass.dropout(pooled, inner.dropoutMask(config.encoder.dropout)), inner)
  }

  /// The encoder's matrices: what the field prunes, embeddings, pooler and head left whole.
  package var encoderWeights: [(path: String, parameter: Parameter)] {
    parameters.filter { $0.parameter.role == .weight && exclusion(of: $0.path) == nil }
  }
}
