import Datasets
import Planning

/// Data sets as the manifests describe them, with short fingerprints.
enum Facts {
  static let fashionMNIST = DatasetFacts(
    name: "fashion-mnist", fingerprint: "fa51", channels: 1, height: 28, width: 28, classes: 10,
    trainingExamples: 60_000, evaluationExamples: 10_000)
  static let cifar10Subset = DatasetFacts(
    name: "cifar10-10k", fingerprint: "c1fa", channels: 3, height: 32, width: 32, classes: 10, trainingExamples: 8000,
    evaluationExamples: 2000)
  static let imageNet = DatasetFacts(
    name: "imagenet", fingerprint: "17e7", channels: 3, height: 224, width: 224, classes: 1000,
    trainingExamples: 1_281_167, evaluationExamples: 50_000)

  static let movieSnippets = DatasetFacts(
    name: "movie-snippets", fingerprint: "5a1d",
    content: .text(
      TextTask(target: .classes(["negative", "positive"]), isPair: false, metrics: [.accuracy]), parts: ["test"]),
    trainingExamples: 9065, evaluationExamples: 1007)
  static let vitaminC = DatasetFacts(
    name: "vitaminc", fingerprint: "f1c5",
    content: .text(
      TextTask(target: .classes(["True", "False", "Neither"]), isPair: true, metrics: [.accuracy]), parts: ["test"]),
    trainingExamples: 49_201, evaluationExamples: 5466)
  static let qqp = DatasetFacts(
    name: "glue-qqp", fingerprint: "9999",
    content: .text(
      TextTask(target: .classes(["different", "same"]), isPair: true, metrics: [.accuracy, .f1]), parts: ["test"]),
    trainingExamples: 363_846, evaluationExamples: 40_430)
  static let mnli = DatasetFacts(
    name: "glue-mnli", fingerprint: "3711",
    content: .text(
      TextTask(target: .classes(["entailment", "neutral", "contradiction"]), isPair: true, metrics: [.accuracy]),
      parts: ["test", "test-mismatched"]),
    trainingExamples: 392_702, evaluationExamples: 19_647)

  static let miniLM = EncoderFacts(
    name: "minilm-l6", fingerprint: "61e7",
    sizes: EncoderContent(
      vocabularySize: 30_522, hiddenSize: 384, layers: 6, heads: 12, intermediateSize: 1536, positions: 512,
      tokenTypes: 2, epsilon: 1e-12, dropout: 0.1, lowercases: true))
  static let bertBase = EncoderFacts(
    name: "bert-base-uncased", fingerprint: "ba5e",
    sizes: EncoderContent(
      vocabularySize: 30_522, hiddenSize: 768, layers: 12, heads: 12, intermediateSize: 3072, positions: 512,
      tokenTypes: 2, epsilon: 1e-12, dropout: 0.1, lowercases: true))

  static let all = [fashionMNIST, cifar10Subset, imageNet, movieSnippets, vitaminC, mnli, qqp]
  static let encoders = [miniLM, bertBase]
}
