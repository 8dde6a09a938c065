/// Sequences of tokens of one padded length.
package struct TokenBatch: Equatable, Sendable {
  package let batch: Int
  package let length: Int
  /// Token, kind and whether it counts (false for padding), sequence after sequence: batch * length each.
  package let tokens: [Int]
  package let types: [Int]
  package let isToken: [Bool]

  /// - Precondition: batch * length values each; at least one sequence and one position.
  package init(batch: Int, length: Int, tokens: [Int], types: [Int], isToken: [Bool]) {
    precondition(
      batch > 0 && length > 0 && tokens.count == batch * length && types.count == tokens.count
        && isToken.count == tokens.count,
      "token batch: \(batch) sequences of \(length) positions with \(tokens.count) tokens, \(types.count) types and "
        + "\(isToken.count) marks")
    self.batch = batch
    self.length = length
    self.tokens = tokens
    self.types = types
    self.isToken = isToken
  }
}
