/// Table of the report: a row an arm, with the published value beside the reproduced one.
public struct Table: Codable, Equatable, Sendable {
  public var name: String
  public var metric: Metric
  /// Line of the study file.
  public var line: Int

  public init(_ name: String, show metric: Metric, line: Int = #line) {
    self.name = name
    self.metric = metric
    self.line = line
  }
}

/// A headline number of a run.
public enum Metric: String, Codable, Sendable {
  /// Share of test examples classified correctly with the frozen weights, after the last epoch.
  case top1
  /// `top1` on the second part of the examples that runs are evaluated on, such as MNLI's mismatched one.
  case top1Mismatched = "top1-mismatched"
  /// Harmonic mean of precision and recall of the second class.
  case f1
  /// Correlation of classes, -1...1.
  case matthews
  /// Linear correlation of scores, -1...1.
  case pearson
  /// Correlation of the scores' ranks, -1...1.
  case spearman
}
