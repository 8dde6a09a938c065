/// Shape of a BERT encoder, fully resolved.
package struct BertConfig: Codable, Equatable, Sendable {
  /// Tokens in the vocabulary.
  package var vocabularySize: Int
  /// Width of a token's vector.
  package var hiddenSize: Int
  package var layers: Int
  /// Attention heads; they divide the width.
  package var heads: Int
  /// Width between the two maps of a feed-forward sublayer.
  package var intermediateSize: Int
  /// Longest sequence.
  package var positions: Int
  /// Kinds of tokens, such as first and second sentence.
  package var tokenTypes: Int
  /// Of the layer normalisations.
  package var epsilon: Double
  /// Probability of dropout after the embeddings, of attention shares, and after every sublayer, 0..<1.
  package var dropout: Double

  package init(
    vocabularySize: Int, hiddenSize: Int, layers: Int, heads: Int, intermediateSize: Int, positions: Int,
    tokenTypes: Int, epsilon: Double, dropout: Double
  ) {
    precondition(
      vocabularySize > 0 && hiddenSize > 0 && layers >= 0 && heads > 0 && hiddenSize % heads == 0
        && intermediateSize > 0 && positions > 0 && tokenTypes > 0,
      "BERT: vocabulary \(vocabularySize), width \(hiddenSize), \(layers) layers, \(heads) heads, feed-forward width "
        + "\(intermediateSize), \(positions) positions and \(tokenTypes) token types do not make an encoder")
    self.vocabularySize = vocabularySize
    self.hiddenSize = hiddenSize
    self.layers = layers
    self.heads = heads
    self.intermediateSize = intermediateSize
    self.positions = positions
    self.tokenTypes = tokenTypes
    self.epsilon = epsilon
    self.dropout = dropout
  }
}
