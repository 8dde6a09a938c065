/// How a network learns from another one's results.
///
/// The loss is `taskWeight` times that of the labels plus `teacherWeight` times the distance from the teacher's results:
/// with classes T^2 times the Kullback-Leibler divergence at temperature T, with scores the mean squared difference.
///
/// - Source: Hinton, Vinyals, Dean 2015, arXiv 1503.02531.
package struct DistillationConfig: Codable, Equatable, Sendable {
  package var taskWeight: Double
  package var teacherWeight: Double
  package var temperature: Double

  package init(taskWeight: Double, teacherWeight: Double, temperature: Double) {
    self.taskWeight = taskWeight
    self.teacherWeight = teacherWeight
    self.temperature = temperature
  }
}
