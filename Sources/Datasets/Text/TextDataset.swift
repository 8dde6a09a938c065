/// Labelled texts, all in memory.
///
/// - Cost: copies share their storage.
package struct TextDataset: Sendable {
  package let name: String
  /// `Manifest.fingerprint` of the files that it was read from.
  package let fingerprint: String
  package let task: TextTask
  /// In file order; training examples first where the partition is the publisher's, then each evaluation part's.
  package let examples: [TextExample]
  package let partition: TextPartition
  /// Number of each example's group, from 0 in order of appearance; empty unless the partition keeps groups together.
  package let groups: [Int]
  /// What was left out on reading, a sentence each.
  package let remarks: [String]

  /// - Precondition: labels within the classes, second texts where the task is of pairs, and as many examples and groups
  ///   as the partition counts.
  package init(
    name: String, fingerprint: String, task: TextTask, examples: [TextExample], partition: TextPartition,
    groups: [Int] = [], remarks: [String] = []
  ) {
    precondition(
      examples.allSatisfy { (0..<task.outputs).contains($0.label) && ($0.second != nil) == task.isPair },
      "TextDataset: an example is none of the task")
    precondition(
      partition.exampleCount == examples.count,
      "TextDataset: \(examples.count) examples, expected \(partition.exampleCount)")
    if case .groupFolds(_, let count, _) = partition {
      precondition(
        groups.count == examples.count && groups.allSatisfy { (0..<count).contains($0) },
        "TextDataset: \(groups.count) group numbers for \(examples.count) examples of \(count) groups")
    } else {
      precondition(groups.isEmpty, "TextDataset: groups without a division by them")
    }
    self.name = name
    self.fingerprint = fingerprint
    self.task = task
    self.examples = examples
    self.partition = partition
    self.groups = groups
    self.remarks = remarks
  }

  package var count: Int { examples.count }
}
