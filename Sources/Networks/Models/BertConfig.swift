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

  // What follows is left out of a configuration's text where it is not set.

  /// Heads left of each layer's, in place of `heads`, and of the same width; nil if none were removed.
  package var headsLeft: [Int]?
  /// Numbers left between each layer's two feed-forward maps, in place of `intermediateSize`; nil if none were removed.
  package var feedForwardLeft: [Int]?

  package init(
    vocabularySize: Int, hiddenSize: Int, layers: Int, heads: Int, intermediateSize: Int, positions: Int,
    tokenTypes: Int, epsilon: Double, dropout: Double, headsLeft: [Int]? = nil, feedForwardLeft: [Int]? = nil
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
    self.headsLeft = headsLeft
    self.feedForwardLeft = feedForwardLeft
  }

  /// Width of one head.
  package var headWidth: Int { hiddenSize / heads }

  /// Heads of the layer at `index`.
  package func heads(ofLayer index: Int) -> Int { headsLeft?[index] ?? heads }

  /// Numbers between the feed-forward maps of the layer at `index`.
  package func feedForward(ofLayer index: Int) -> Int { feedForwardLeft?[index] ?? intermediateSize }

  /// What is wrong with the counts of what is left: expected one a layer, at least 1 and no more than there was.
  var faultOfCounts: String? {
    let counts = [("heads", headsLeft, heads), ("feed-forward numbers", feedForwardLeft, intermediateSize)]
    for (name, left, most) in counts {
      guard let left, left.count != layers || !left.allSatisfy({ (1...most).contains($0) }) else { continue }
      return "\(left) \(name) left in \(layers) layers of \(most), expected a count a layer within 1...\(most)"
    }
    return nil
  }
}
