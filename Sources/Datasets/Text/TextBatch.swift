/// Sequences of tokens padded to the longest of them, and what they are labelled with.
///
/// - Shapes: `tokens`, `types` and `isToken` [count, length], row-major; the rest [count].
package struct TextBatch: Equatable, Sendable {
  package var count: Int
  package var length: Int
  package var tokens: [Int]
  package var types: [Int]
  /// False for padding.
  package var isToken: [Bool]
  /// Where each sequence stands in the `EncodedTexts`.
  package var examples: [Int]
  package var labels: [Int]
  package var scores: [Double]

  /// The examples of `texts` at `examples`, padded to the longest of them.
  ///
  /// - Precondition: at least one.
  package init(of texts: EncodedTexts, at examples: [Int]) {
    let length = examples.map { texts.inputs[$0].ids.count }.max() ?? 0
    precondition(length > 0, "TextBatch: no sequence")
    tokens = []
    types = []
    isToken = []
    tokens.reserveCapacity(examples.count * length)
    types.reserveCapacity(examples.count * length)
    isToken.reserveCapacity(examples.count * length)
    for example in examples {
      let input = texts.inputs[example]
      let missing = length - input.ids.count
      for id in input.ids { tokens.append(Int(id)) }
      for type in input.types { types.append(Int(type)) }
      tokens.append(contentsOf: repeatElement(texts.padding, count: missing))
      types.append(contentsOf: repeatElement(0, count: missing))
      isToken.append(contentsOf: repeatElement(true, count: input.ids.count))
      isToken.append(contentsOf: repeatElement(false, count: missing))
    }
    count = examples.count
    self.length = length
    self.examples = examples
    labels = examples.map { texts.labels[$0] }
    scores = examples.map { texts.scores[$0] }
  }
}
