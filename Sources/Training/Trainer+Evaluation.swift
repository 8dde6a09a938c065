import Autodiff
import Datasets
import Foundation
import Kernels
import Networks
import Pruning

/// How well a network does on a set of examples.
struct Score: Equatable, Sendable {
  /// Mean cross-entropy an example, without label smoothing.
  var loss: Double
  /// Fraction classified correctly.
  var accuracy: Double
}

extension Trainer {
  /// Images a forward pass in evaluation.
  private static let evaluationBatchSize = 250

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

  /// Test score with the weights as they are; every example counts once.
  func evaluate() -> Score {
    let loader = ImageLoader(evaluating: test, batchSize: Self.evaluationBatchSize)
    var lossSum = 0.0
    var correct = 0
    for index in 0..<loader.batchesPerEpoch {
      let batch = loader.batch(epoch: 0, index: index)
      let images = Tensor(batch.pixels, shape: batch.tensorShape)
      let logits = network(Variable(images), Pass(.evaluation)).value
      let (loss, _) = SoftmaxCrossEntropy.lossAndGradient(logits, labels: batch.labels, labelSmoothing: 0)
      lossSum += loss * Double(batch.count)
      correct += correctCount(logits, labels: batch.labels)
    }
    return Score(loss: lossSum / Double(test.count), accuracy: Double(correct) / Double(test.count))
  }
}

extension ImageBatch {
  var tensorShape: Shape { [count, shape.channels, shape.height, shape.width] }
}

/// Rows whose largest score is at the label; of equal scores the first counts.
///
/// - Shapes: `logits` [N, classes]; N labels.
func correctCount(_ logits: Tensor, labels: [Int]) -> Int {
  let classes = logits.shape[1]
  return logits.withElements { scores in
    labels.indices.count { row in
      let start = row * classes
      var best = start
      for index in start..<(start + classes) where scores[index] > scores[best] { best = index }
      return best - start == labels[row]
    }
  }
}
