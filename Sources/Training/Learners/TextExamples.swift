import Datasets
import Foundation
import Kernels
import Networks

/// The texts of a run as BERT reads them, and the encoder that it starts from.
struct TextExamples {
  let task: TextTask
  let training: EncodedTexts
  /// The parts that a run is evaluated on, by name: `test` first.
  let evaluations: [(name: String, texts: EncodedTexts)]
  /// The encoder's tensors under names that begin with `bert.`.
  let encoder: [String: Tensor]
  /// What was left aside on the way, a line each.
  let remarks: [String]

  /// Reads data set and encoder, after verifying the digests of their files.
  ///
  /// - Throws: `DatasetError`; `WeightsError` for an encoder that is not whole; `TrainingError.otherEncoder` if it is not
  ///   of the sizes that were planned.
  /// - Cost: splits every text into tokens.
  init(of job: TrainingJob, _ model: TextModelConfig, in store: DatasetStore) throws {
    let dataset = try store.loadText(job.data.dataset)
    let folder = try store.folder(model.encoder)
    let pretrained = try PretrainedEncoder(folder: folder)
    try Self.require(pretrained, toBe: model)
    let vocabulary = try WordPieceVocabulary(contentsOf: folder.appending(path: "vocab.txt"))
    try pretrained.check(vocabularyOf: vocabulary.count)
    let tokenizer = BertTokenizer(vocabulary: vocabulary, lowercasing: model.lowercases)
    let length = model.longestText(job.data)
    let split = try dataset.split(replicate: job.replicate, config: job.data)
    task = dataset.task
    training = EncodedTexts(split.training, tokenizer: tokenizer, maximumLength: length)
    evaluations = split.evaluations.map {
      ($0.name, EncodedTexts($0.subset, tokenizer: tokenizer, maximumLength: length))
    }
    encoder = pretrained.tensors
    remarks =
      dataset.remarks
      + (pretrained.ignored.isEmpty ? [] : ["encoder tensors not used: \(pretrained.ignored.joined(separator: ", "))"])
  }

  private static func require(_ encoder: PretrainedEncoder, toBe model: TextModelConfig) throws(TrainingError) {
    let (planned, found) = (model.network.encoder, encoder.config)
    let sizes: [(name: String, planned: Int, found: Int)] = [
      ("vocab_size", planned.vocabularySize, found.vocabularySize),
      ("hidden_size", planned.hiddenSize, found.hiddenSize),
      ("num_attention_heads", planned.heads, found.heads),
      ("intermediate_size", planned.intermediateSize, found.intermediateSize),
      ("max_position_embeddings", planned.positions, found.positions),
      ("type_vocab_size", planned.tokenTypes, found.tokenTypes),
    ]
    if let other = sizes.first(where: { $0.planned != $0.found }) {
      throw .otherEncoder(
        encoder: model.encoder, field: other.name, planned: "\(other.planned)", found: "\(other.found)")
    }
    if let lowercases = encoder.isLowercasing, lowercases != model.lowercases {
      throw .otherEncoder(
        encoder: model.encoder, field: "do_lower_case", planned: "\(model.lowercases)", found: "\(lowercases)")
    }
    let layers = planned.layers
    guard found.layers == layers || (model.isCut && found.layers > layers) else {
      throw .otherEncoder(
        encoder: model.encoder, field: "num_hidden_layers", planned: "\(layers)", found: "\(found.layers)")
    }
  }
}
