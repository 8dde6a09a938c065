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
}
