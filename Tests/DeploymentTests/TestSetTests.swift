import Autodiff
import Datasets
import Kernels
import Networks
import TestSupport
import Testing

@testable import Deployment

/// What is counted of a batch, by hand, and of a test set.
@Suite struct TestSetTests {
  @Test func countsRightAndOtherwiseClassifiedExamples() {
    var count = TestSet.Count()
    let plan = Tensor([0.1, 0.9, 2, -2, 1, 1, 3, 4], shape: [4, 2])
    let engine = Tensor([0.2, 0.8, 2, -2, 0, 1, 4, 3], shape: [4, 2])
    count.add(plan: plan, engine: engine, labels: [1, 1, 0, 1])
    // Of equal scores the first counts.
    #expect(count.examples == 4 && count.correct == 3 && count.others == 2)
    count.add(plan: plan, engine: plan, labels: [0, 0, 0, 0])
    #expect(count.examples == 8 && count.correct == 5 && count.others == 2)
  }

  /// Texts of many lengths, in batches of which some are padded: as many right as the training engine has, a text at a time.
  @Test func textsAreCountedAsTheTrainingEngineClassifiesThem() throws {
    let encoder = BertConfig(
      vocabularySize: 30, hiddenSize: 8, layers: 2, heads: 2, intermediateSize: 12, positions: 16, tokenTypes: 2,
      epsilon: 1e-12, dropout: 0.1)
    let classifier = BertClassifier(
      BertModelConfig(encoder: encoder, outputs: 3, pooling: .mean), seed: Seed(5))
    // As far apart as trained ones, so that the classes differ.
    for (path, parameter) in classifier.parameters where parameter.role != .normalization {
      parameter.value = Tensor.random(path, parameter.shape)
    }
    let inputs = (0..<70).map { text in
      let length = 3 + text * 7 % 13
      return TokenizedText(
        ids: (0..<length).map { Int32((11 * text + 5 * $0 * $0) % 30) }, types: (0..<length).map { Int32($0 % 2) })
    }
    let texts = EncodedTexts(
      name: "made up", inputs: inputs, labels: inputs.indices.map { $0 % 3 }, scores: inputs.map { _ in 0 }, padding: 0)
    var correct = 0
    var seen: Set<Int> = []
    for (input, label) in zip(inputs, texts.labels) {
      let tokens = TokenBatch(
        batch: 1, length: input.ids.count, tokens: input.ids.map(Int.init), types: input.types.map(Int.init),
        isToken: input.ids.map { _ in true })
      let scores = classifier(tokens, Pass(.evaluation)).value.elements
      let best = (0..<3).max { scores[$0] < scores[$1] } ?? 0
      seen.insert(best)
      if best == label { correct += 1 }
    }
    let count = try TestSet.count(classifier, texts)
    #expect(count.examples == 70 && count.correct == correct && count.others == 0)
    #expect(seen.count > 1 && correct > 0 && correct < 70, "nothing to tell apart: \(seen), \(correct)")
  }
}
