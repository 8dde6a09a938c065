import Foundation

@testable import Datasets

/// Small data sets of texts.
extension Samples {
  static let claims = TextTask(target: .classes(["no", "yes"]), isPair: true, metrics: [.accuracy, .f1])
  static let moods = TextTask(target: .classes(["bad", "good"]), isPair: false, metrics: [.accuracy])
  static let grades = TextTask(target: .score(lowest: 0, highest: 5), isPair: false, metrics: [.pearson, .spearman])

  /// Single texts whose labels go round the two classes.
  static func texts(
    _ count: Int, partition: TextPartition, groups: [Int] = [], labels: [Int]? = nil
  ) -> TextDataset {
    TextDataset(
      name: "moods", fingerprint: "f", task: moods,
      examples: (0..<count).map { TextExample(first: "text \($0)", label: labels?[$0] ?? $0 % 2) },
      partition: partition, groups: groups)
  }

  /// Encoded texts of given lengths, whose tokens say where they stand.
  static func encoded(_ lengths: [Int]) -> EncodedTexts {
    EncodedTexts(
      name: "moods",
      inputs: lengths.enumerated().map { index, length in
        TokenizedText(
          ids: (0..<length).map { Int32(1000 * (index + 1) + $0) }, types: (0..<length).map { Int32($0 % 2) })
      },
      labels: lengths.indices.map { $0 % 2 }, scores: lengths.indices.map { Double($0) / 4 }, padding: 7)
  }

  /// Manifest of a data set of texts in files that the user brings.
  static func glueManifest(
    _ source: TextSource, task: TextTask, training: Int, evaluations: [Int], layout: String = "the files"
  ) -> Manifest {
    let names = ["test", "test-mismatched"]
    return Manifest(
      name: "task", title: "Task", note: "", licence: "none", origin: .user(layout: layout),
      content: .text(
        TextContent(
          task: task,
          partition: .official(
            training: training,
            evaluations: zip(names, evaluations).map { TextPartition.Part(name: $0, examples: $1) }),
          source: source)),
      files: [])
  }
}
