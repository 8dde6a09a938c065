import Kernels

/// Parameters of `BertForSequenceClassification` with 11 tokens, width 12, two layers, feed-forward width 20, 9
/// positions and three outputs, written out in the order of published checkpoints.
enum BertStateList {
  static let entries: [(path: String, shape: Shape)] = StateLists.entries(of: list)

  private static let list = """
    bert.embeddings.word_embeddings.weight [11, 12]
    bert.embeddings.position_embeddings.weight [9, 12]
    bert.embeddings.token_type_embeddings.weight [2, 12]
    bert.embeddings.LayerNorm.weight [12]
    bert.embeddings.LayerNorm.bias [12]
    bert.encoder.layer.0.attention.self.query.weight [12, 12]
    bert.encoder.layer.0.attention.self.query.bias [12]
    bert.encoder.layer.0.attention.self.key.weight [12, 12]
    bert.encoder.layer.0.attention.self.key.bias [12]
    bert.encoder.layer.0.attention.self.value.weight [12, 12]
    bert.encoder.layer.0.attention.self.value.bias [12]
    bert.encoder.layer.0.attention.output.dense.weight [12, 12]
    bert.encoder.layer.0.attention.output.dense.bias [12]
    bert.encoder.layer.0.attention.output.LayerNorm.weight [12]
    bert.encoder.layer.0.attention.output.LayerNorm.bias [12]
    bert.encoder.layer.0.intermediate.dense.weight [20, 12]
    bert.encoder.layer.0.intermediate.dense.bias [20]
    bert.encoder.layer.0.output.dense.weight [12, 20]
    bert.encoder.layer.0.output.dense.bias [12]
    bert.encoder.layer.0.output.LayerNorm.weight [12]
    bert.encoder.layer.0.output.LayerNorm.bias [12]
    bert.encoder.layer.1.attention.self.query.weight [12, 12]
    bert.encoder.layer.1.attention.self.query.bias [12]
    bert.encoder.layer.1.attention.self.key.weight [12, 12]
    bert.encoder.layer.1.attention.self.key.bias [12]
    bert.encoder.layer.1.attention.self.value.weight [12, 12]
    bert.encoder.layer.1.attention.self.value.bias [12]
    bert.encoder.layer.1.attention.output.dense.weight [12, 12]
    bert.encoder.layer.1.attention.output.dense.bias [12]
    bert.encoder.layer.1.attention.output.LayerNorm.weight [12]
    bert.encoder.layer.1.attention.output.LayerNorm.bias [12]
    bert.encoder.layer.1.intermediate.dense.weight [20, 12]
    bert.encoder.layer.1.intermediate.dense.bias [20]
    bert.encoder.layer.1.output.dense.weight [12, 20]
    bert.encoder.layer.1.output.dense.bias [12]
    bert.encoder.layer.1.output.LayerNorm.weight [12]
    bert.encoder.layer.1.output.LayerNorm.bias [12]
    bert.pooler.dense.weight [12, 12]
    bert.pooler.dense.bias [12]
    classifier.weight [3, 12]
    classifier.bias [3]
    """
}
