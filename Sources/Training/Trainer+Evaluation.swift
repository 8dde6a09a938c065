import Networks
import Pruning

extension Trainer {
  /// Test scores with the weights masked as in training (softly with PDP), and with hard masks.
  ///
  /// Where an average of the weights is taken, it is what is masked and measured.
  func evaluateUnderMasks() -> (asTrained: Score, hard: Score) {
    average?.withAverage { maskedScores() } ?? maskedScores()
  }

  private func maskedScores() -> (asTrained: Score, hard: Score) {
    let hard = session.withMasks(.hard) { evaluate() }
    guard session.isSoft else { return (hard, hard) }
    return (session.withMasks(.asTrained) { evaluate() }, hard)
  }

  /// Test score with the weights as they are.
  func evaluate() -> Score { learner.evaluate() }
}
