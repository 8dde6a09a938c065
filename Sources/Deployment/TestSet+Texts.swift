import Autodiff
import Datasets
import Foundation
import Inference
import Kernels
import Networks
import Planning
import RunStore
import Training

/// Test sets of texts.
extension TestSet {
  /// Most sequences and tokens of a batch.
  private static let textBatch = (sequences: 32, tokens: 1024)

  /// The texts that the run was tested on, as its network reads them.
  ///
  /// - Throws: `DatasetError`; `DeploymentError.noClasses` for a task of scores.
  static func texts(
    of config: TextModelConfig, name: String, _ spec: RunSpec, _ run: RunRow, _ datasets: DatasetStore
  ) throws -> EncodedTexts {
    let dataset = try datasets.loadText(spec.data.dataset)
    guard case .classes = dataset.task.target else {
      throw DeploymentError.noClasses(name: name, dataset: spec.data.dataset)
    }
    let vocabulary = try WordPieceVocabulary(
      contentsOf: datasets.folder(config.encoder).appending(path: "vocab.txt"))
    let tokenizer = BertTokenizer(vocabulary: vocabulary, lowercasing: config.lowercases)
    let test = try dataset.split(replicate: run.replicate, config: spec.data).evaluations[0].subset
    return EncodedTexts(test, tokenizer: tokenizer, maximumLength: config.longestText(spec.data))
  }

  static func count(_ classifier: BertClassifier, _ texts: EncodedTexts) throws -> Count {
    let loader = TextLoader(
      evaluating: texts, batchSize: textBatch.sequences, tokensPerBatch: textBatch.tokens)
    let encoder = classifier.frozenEncoder()
    var plan: TokenPlan?
    var count = Count()
    for index in 0..<loader.batchesPerEpoch {
      let batch = loader.batch(epoch: 0, index: index)
      let tokens = TokenBatch(
        batch: batch.count, length: batch.length, tokens: batch.tokens, types: batch.types, isToken: batch.isToken)
      if plan?.batch != batch.count || plan?.length != batch.length {
        plan = try TokenPlan(encoder, batch: batch.count, length: batch.length)
      }
      guard let plan else { continue }
      count.add(
        plan: plan(tokens), engine: classifier(tokens, Pass(.evaluation)).value, labels: batch.labels)
    }
    return count
  }
}
