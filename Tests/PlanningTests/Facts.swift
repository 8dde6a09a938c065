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

  static let all = [fashionMNIST, cifar10Subset, imageNet]
}
