/// What a data set of labelled texts holds.
package struct TextContent: Codable, Equatable, Sendable {
  package var task: TextTask
  package var partition: TextPartition
  /// Files that it is read from.
  package var source: TextSource

  package init(task: TextTask, partition: TextPartition, source: TextSource) {
    self.task = task
    self.partition = partition
    self.source = source
  }
}
