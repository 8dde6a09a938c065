import Autodiff
import Kernels

/// A BERT encoder with a linear head on its pooled first position: sequence classification, or regression with one
/// output.
///
/// Parameter paths as in PyTorch's checkpoints of `BertForSequenceClassification`: `bert.…`, `bert.pooler.dense`,
/// `classifier`.
package final class BertClassifier: TrainableNetwork {
  package let config: BertConfig
  package let parameters: [(path: String, parameter: Parameter)]
  package let statistics: [(path: String, statistics: RunningStatistics)] = []
  private let encoder: BertEncoder
  private let pooler: Linear
  private let head: Linear

  /// Network with zero weights, for loading.
  ///
  /// - Precondition: `outputs` > 0: the classes, or 1 for regression.
  package init(_ config: BertConfig, outputs: Int) {
    precondition(outputs > 0, "BERT classifier with \(outputs) outputs")
    self.config = config
    encoder = BertEncoder(config)
    pooler = Linear(config.hiddenSize, config.hiddenSize)
    head = Linear(config.hiddenSize, outputs)
    let members =
      encoder.members(at: "bert") + pooler.members(at: "bert.pooler.dense") + head.members(at: "classifier")
    parameters = members.trainable
  }

  /// Network with initial weights as the authors draw them: normal with deviation 0.02, biases 0.
  package convenience init(_ config: BertConfig, outputs: Int, seed: Seed) {
    self.init(config, outputs: outputs)
    for (path, parameter) in parameters where parameter.role == .weight || parameter.role == .embedding {
      let stream = seed.stream("init/\(path)")
      parameter.value.withMutableElements { elements in
        for index in elements.indices { elements[index] = Float(0.02 * stream.normal(at: index)) }
      }
    }
  }

  /// Scores of every sequence.
  ///
  /// - Shapes: result [B, outputs].
  package func callAsFunction(_ batch: TokenBatch, _ pass: Pass) -> Variable {
    let first = encoder.firstPosition(batch, pass.at("bert"))
    let pooled = pass.activation(pooler(first, pass.at("bert.pooler.dense")), .tanh)
    let inner = pass.at("classifier")
    return head(pass.dropout(pooled, inner.dropoutMask(config.dropout)), inner)
  }

  /// The encoder's matrices: what the field prunes, embeddings, pooler and head left whole.
  package var encoderWeights: [(path: String, parameter: Parameter)] {
    parameters.filter { $0.parameter.role == .weight && $0.path.hasPrefix("bert.encoder.") }
  }
}
