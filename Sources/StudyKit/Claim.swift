/// A statement fixed before the runs: one arm's metric exceeds a rival's by more than a margin.
public struct Claim: Codable, Equatable, Sendable {
  public var statement: String
  public var arm: String
  public var rival: String
  public var margin: Double
  public var metric: Metric
  /// Line of the study file.
  public var line: Int

  /// `arm` and `rival` are names of arms; `margin` is in the metric's unit, a fraction for accuracies.
  public init(
    _ statement: String, _ arm: String, beats rival: String, by margin: Double = 0, on metric: Metric,
    line: Int = #line
  ) {
    self.statement = statement
    self.arm = arm
    self.rival = rival
    self.margin = margin
    self.metric = metric
    self.line = line
  }
}
