/// Sizes of a pre-trained BERT encoder, as its manifest says them so that a study can be planned before the files are
/// there; they have to be those of the encoder's `config.json`.
package struct EncoderContent: Codable, Equatable, Sendable {
  /// Tokens in the vocabulary.
  package var vocabularySize: Int
  /// Width of a token's vector.
  package var hiddenSize: Int
  package var layers: Int
  package var heads: Int
  /// Width between the two maps of a feed-forward sublayer.
  package var intermediateSize: Int
  /// Longest sequence.
  package var positions: Int
  /// Kinds of tokens, such as first and second sentence.
  package var tokenTypes: Int
  /// Of the layer normalisations.
  package var epsilon: Double
  /// Probability of dropout in fine-tuning, 0..<1.
  package var dropout: Double
  /// Whether texts are put into small letters before they are split.
  package var lowercases: Bool

  package init(
    vocabularySize: Int, hiddenSize: Int, layers: Int, heads: Int, intermediateSize: Int, positions: Int,
    tokenTypes: Int, epsilon: Double, dropout: Double, lowercases: Bool
  ) {
    self.vocabularySize = vocabularySize
    self.hiddenSize = hiddenSize
    self.layers = layers
    self.heads = heads
    self.intermediateSize = intermediateSize
    self.positions = positions
    self.tokenTypes = tokenTypes
    self.epsilon = epsilon
    self.dropout = dropout
    self.lowercases = lowercases
  }

  /// What of it makes no encoder, a sentence each; empty if nothing.
  var faults: [String] {
    let counts = [
      ("vocabularySize", vocabularySize), ("hiddenSize", hiddenSize), ("layers", layers), ("heads", heads),
      ("intermediateSize", intermediateSize), ("positions", positions), ("tokenTypes", tokenTypes),
    ]
    var faults: [String] = []
    for (name, count) in counts {
      let limit = name == "layers" ? 1000 : 1 << 24
      if !(1...limit).contains(count) { faults.append("encoder \(name) is \(count), expected 1...\(limit)") }
    }
    if heads > 0, hiddenSize % heads != 0 {
      faults.append("encoder heads are \(heads), expected a divisor of hiddenSize \(hiddenSize)")
    }
    if !(epsilon > 0 && epsilon < 1) { faults.append("encoder epsilon is \(epsilon), expected a small number above 0") }
    if !(0..<1).contains(dropout) {
      faults.append("encoder dropout is \(dropout), expected a fraction from 0 to below 1")
    }
    return faults
  }
}
