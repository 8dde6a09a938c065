/// Learning from the results of another arm's trained network besides the labels.
///
/// The loss is `task` times that of the labels plus `teacher` times the distance from the teacher's results: with classes
/// T^2 times the Kullback-Leibler divergence at temperature T, with scores the mean squared difference. The teacher's runs
/// come first, once for all arms that learn from it.
///
/// Source: Hinton, Vinyals, Dean 2015, arXiv 1503.02531; the weights 0.95 and 0.05 are those of PDP's paper on BERT.
public struct Distillation: Codable, Equatable, Sendable {
  /// Name of the arm whose exported network teaches, that of the same replicate.
  public var arm: String
  public var teacher: Double
  public var task: Double
  public var temperature: Double

  public init(from arm: String, teacher: Double = 0.95, task: Double = 0.05, temperature: Double = 2) {
    self.arm = arm
    self.teacher = teacher
    self.task = task
    self.temperature = temperature
  }
}
