import Autodiff
import Datasets
import Digests
import Foundation
import Kernels
import Networks
import Pruning

@testable import Training

/// A folder with a tiny data set of texts and a tiny encoder, in which jobs are run; removed with this object.
///
/// A text is of class `good` or `bad`, or has a score, by the words that it holds among neutral ones.
final class TinyTextPlace {
  let url: URL
  private let fingerprints: (texts: String, encoder: String)
  let isScored: Bool
  static let (examples, folds) = (60, 5)
  private static let words = [
    "[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "fine", "great", "poor", "dull", "the", "film", "is", "a", "plot",
  ]
  static let encoder = BertConfig(
    vocabularySize: words.count, hiddenSize: 16, layers: 2, heads: 4, intermediateSize: 24, positions: 24,
    tokenTypes: 2,
    epsilon: 1e-12, dropout: 0.1)

  init(scored: Bool = false) throws {
    isScored = scored
    url = FileManager.default.temporaryDirectory.appending(path: "texts-\(UUID().uuidString)")
    let stream = Seed(9).stream("words")
    var text = "target\tfirst\n"
    for example in 0..<Self.examples {
      let isGood = example % 2 == 0
      let length = 2 + stream.integer(below: 9, at: example)
      var words = (0..<length).map { Self.words[9 + stream.integer(below: 5, at: 1000 + 20 * example + $0)] }
      words[stream.integer(below: length, at: 500 + example)] = Self.words[(isGood ? 5 : 7) + example / 2 % 2]
      let target = scored ? (isGood ? "1.5" : "-1.25") : (isGood ? "good" : "bad")
      text += "\(target)\t\(words.joined(separator: " "))\n"
    }
    let task = TextTask(
      target: scored ? .score(lowest: -4, highest: 4) : .classes(["bad", "good"]), isPair: false,
      metrics: scored ? [.pearson, .spearman] : [.accuracy, .f1, .matthews])
    let texts = try Self.write(
      ["examples.tsv": (.examples, Data(text.utf8))], name: "opinions",
      content: .text(
        TextContent(
          task: task, partition: .stratifiedFolds(examples: Self.examples, folds: Self.folds), source: .movieSnippets)),
      to: url)
    let network = BertBackbone(Self.encoder)
    let normal = Seed(3).stream("encoder")
    var place = 0
    var tensors: [String: Tensor] = [:]
    for (path, parameter) in network.parameters {
      var value = parameter.value
      if parameter.role == .weight || parameter.role == .embedding {
        value.withMutableElements { elements in
          for index in elements.indices { elements[index] = Float(0.2 * normal.normal(at: place + index)) }
        }
        place += value.count
      }
      tensors[path] = value
    }
    let encoder = try Self.write(
      [
        "model.safetensors": (.weights, SafetensorsFile(tensors: tensors).encoded()),
        "vocab.txt": (.vocabulary, Data((Self.words.joined(separator: "\n") + "\n").utf8)),
        "config.json": (.configuration, Data(Self.configuration.utf8)),
      ], name: "tiny-bert", content: .encoder(Self.sizes), to: url)
    fingerprints = (texts, encoder)
  }

  deinit { try? FileManager.default.removeItem(at: url) }

  private static let sizes = EncoderContent(
    vocabularySize: encoder.vocabularySize, hiddenSize: encoder.hiddenSize, layers: encoder.layers,
    heads: encoder.heads, intermediateSize: encoder.intermediateSize, positions: encoder.positions,
    tokenTypes: encoder.tokenTypes, epsilon: encoder.epsilon, dropout: encoder.dropout, lowercases: true)

  private static let configuration = """
    {"model_type": "bert", "hidden_act": "gelu", "position_embedding_type": "absolute", "vocab_size": \(words.count),
     "hidden_size": 16, "num_hidden_layers": 2, "num_attention_heads": 4, "intermediate_size": 24,
     "max_position_embeddings": 24, "type_vocab_size": 2, "layer_norm_eps": 1e-12, "hidden_dropout_prob": 0.1,
     "attention_probs_dropout_prob": 0.1}
    """

  /// Files and manifest of a data set.
  ///
  /// - Returns: its fingerprint.
  private static func write(
    _ files: [String: (role: Manifest.Role, data: Data)], name: String, content: Manifest.Content, to url: URL
  ) throws -> String {
    let folder = url.appending(path: "datasets/\(name)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    let blob = Manifest.Blob(path: "a", bytes: 1, sha256: String(repeating: "0", count: 64))
    let manifest = Manifest(
      name: name, title: name, note: "", licence: "none",
      origin: files.count == 1
        ? .sourceDistribution(package: name, version: "1", archive: blob, member: blob)
        : .wheel(package: name, version: "1", archive: blob),
      content: content,
      files: files.sorted { $0.key < $1.key }.map {
        .init(
          name: $0.key, role: $0.value.role, bytes: $0.value.data.count,
          sha256: SHA256Digest(of: $0.value.data).description, member: files.count == 1 ? nil : $0.key)
      })
    for (file, content) in files { try content.data.write(to: folder.appending(path: file)) }
    try JSONEncoder().encode(manifest).write(to: folder.appending(path: "manifest.json"))
    return manifest.fingerprint
  }

  /// A job of four epochs; `name` is its folder.
  func job(
    _ method: MethodConfig = .dense, sparsity: Double = 0.6, structure: Structure = .unstructured, epochs: Int = 4,
    pooling: BertModelConfig.Pooling = .mean, name: String = "run"
  ) throws -> TrainingJob {
    let folder = url.appending(path: name)
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    let adam = AdamConfig(beta1: 0.9, beta2: 0.999, epsilon: 1e-8, weightDecay: 0.01, decayScope: .weightsOnly)
    return TrainingJob(
      model: .text(
        TextModelConfig(
          encoder: "tiny-bert", fingerprint: fingerprints.encoder, isCut: false, lowercases: true,
          network: BertModelConfig(encoder: Self.encoder, outputs: isScored ? 1 : 2, pooling: pooling))),
      data: DataConfig(
        dataset: "opinions", fingerprint: fingerprints.texts, trainingLimit: nil, evaluationLimit: nil,
        augmentation: Augmentation(cropPadding: 0, flipsHorizontally: false),
        text: TextEncoding(maximumLength: 12, tokensPerBatch: 96)),
      training: TrainingConfig(
        epochs: epochs, batchSize: 10, optimizer: .adamW(adam), learningRate: .linear(peak: 3e-3, warmupEpochs: 0.4),
        labelSmoothing: 0, evaluationInterval: 2, gradientNormLimit: 1),
      pruning: PruningConfig(
        method: method, structure: structure, sparsity: method == .dense ? 0 : sparsity,
        budget: Budget(rule: structure.kind == .channels ? .uniform : .global, cap: 0.98),
        schedule: PruningSchedule(warmupEpochs: 1, rampEpochs: 2), eligibility: .allConvolutionAndLinearWeights),
      seed: Seed(11), replicate: 0, datasets: url.appending(path: "datasets"),
      checkpoints: folder.appending(path: "checkpoints"), exportTo: folder.appending(path: "model.safetensors"))
  }
}

extension TrainingJob {
  /// The network's configuration, of a job with texts.
  var text: TextModelConfig {
    get {
      guard case .text(let config) = model else { preconditionFailure("the job's network reads no text") }
      return config
    }
    set { model = .text(newValue) }
  }
}
