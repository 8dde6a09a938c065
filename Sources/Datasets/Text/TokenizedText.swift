/// One example as BERT reads it.
package struct TokenizedText: Equatable, Sendable {
  /// Numbers of the vocabulary, with `[CLS]` first and `[SEP]` behind each text.
  package var ids: [Int32]
  /// Of each token, 0 in the first text and 1 in the second.
  package var types: [Int32]

  package init(ids: [Int32], types: [Int32]) {
    self.ids = ids
    self.types = types
  }
}
