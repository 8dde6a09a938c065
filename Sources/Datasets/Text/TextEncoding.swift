/// How texts become batches of tokens.
package struct TextEncoding: Codable, Equatable, Sendable {
  /// Tokens of an example at most, `[CLS]` and `[SEP]` included; what is longer is cut.
  package var maximumLength: Int
  /// Tokens of a batch at most, padding included; nil for no bound.
  package var tokensPerBatch: Int?

  package init(maximumLength: Int, tokensPerBatch: Int? = nil) {
    self.maximumLength = maximumLength
    self.tokensPerBatch = tokensPerBatch
  }
}
