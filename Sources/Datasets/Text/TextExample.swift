/// One labelled text, or two that belong together.
package struct TextExample: Equatable, Sendable {
  package var first: String
  /// nil where the task is of single texts.
  package var second: String?
  /// Index of its class; 0 where the task is of scores.
  package var label: Int
  /// 0 where the task is of classes.
  package var score: Double

  package init(first: String, second: String? = nil, label: Int = 0, score: Double = 0) {
    self.first = first
    self.second = second
    self.label = label
    self.score = score
  }
}
