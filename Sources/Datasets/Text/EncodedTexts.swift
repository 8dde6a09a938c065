/// The examples of a subset as BERT reads them, in the subset's order.
///
/// - Shapes: `inputs`, `labels` and `scores` [N].
package struct EncodedTexts: Sendable {
  /// Of the data set, for errors.
  package let name: String
  package let inputs: [TokenizedText]
  /// Index of each example's class; 0 where the task is of scores.
  package let labels: [Int]
  /// 0 where the task is of classes.
  package let scores: [Double]
  /// Number of the token that fills a batch up.
  package let padding: Int
  /// Examples that were cut to the maximum length.
  package let truncated: Int

  /// Tokens of every example of `subset`.
  ///
  /// - Precondition: `maximumLength` >= 3, which has room for the special tokens of two texts.
  /// - Cost: proportional to the texts' length, some millions of tokens a second.
  package init(_ subset: TextSubset, tokenizer: BertTokenizer, maximumLength: Int) {
    var inputs: [TokenizedText] = []
    inputs.reserveCapacity(subset.count)
    var truncated = 0
    for index in subset.indices {
      let example = subset.dataset.examples[index]
      let (input, wasCut) = tokenizer.encoded(example.first, example.second, maxLength: maximumLength)
      inputs.append(input)
      if wasCut { truncated += 1 }
    }
    self.init(
      name: subset.dataset.name, inputs: inputs, labels: subset.indices.map { subset.dataset.examples[$0].label },
      scores: subset.indices.map { subset.dataset.examples[$0].score }, padding: Int(tokenizer.vocabulary.padding),
      truncated: truncated)
  }

  /// - Precondition: at least one example, none without tokens, and a label and a score each.
  package init(
    name: String, inputs: [TokenizedText], labels: [Int], scores: [Double], padding: Int, truncated: Int = 0
  ) {
    precondition(
      !inputs.isEmpty && inputs.allSatisfy { !$0.ids.isEmpty && $0.ids.count == $0.types.count }
        && labels.count == inputs.count && scores.count == inputs.count,
      "EncodedTexts: \(inputs.count) examples, \(labels.count) labels and \(scores.count) scores, or one without tokens"
    )
    self.name = name
    self.inputs = inputs
    self.labels = labels
    self.scores = scores
    self.padding = padding
    self.truncated = truncated
  }

  package var count: Int { inputs.count }
  /// Tokens of each example.
  package var lengths: [Int] { inputs.map(\.ids.count) }
}
