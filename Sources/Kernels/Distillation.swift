import Glibc

/// Loss of a student that learns from labels and from a teacher's outputs.
///
/// taskWeight * task + distillationWeight * distance, each a mean over the batch.
package enum Distillation {
  /// Classification: the task is cross-entropy; the distance is T^2 * KL(teacher || student), both softmaxes of logits
  /// divided by the temperature T.
  ///
  /// - Shapes: `logits`, `teacher` and the gradient [N, C]; `labels` N indices in 0..<C.
  /// - Precondition: temperature > 0.
  /// - Source: Hinton, Vinyals, Dean 2015, arXiv 1503.02531, section 2.
  package static func lossAndGradient(
    _ logits: Tensor, teacher: Tensor, labels: [Int], taskWeight: Double, distillationWeight: Double,
    temperature: Double
  ) -> (loss: Double, gradient: Tensor) {
    precondition(
      logits.shape == teacher.shape && temperature > 0,
      "distillation: logits \(logits.shape), teacher \(teacher.shape), temperature \(temperature)")
    let task = SoftmaxCrossEntropy.lossAndGradient(logits, labels: labels, labelSmoothing: 0)
    var gradient = task.gradient
    let (rows, classes) = (logits.shape[0], logits.shape[1])
    var distance = 0.0
    logits.withElements { logits in
      teacher.withElements { teacher in
        gradient.withMutableElements { gradient in
          for row in 0..<rows {
            let range = row * classes..<(row + 1) * classes
            let student = logShares(logits, range, temperature)
            let wanted = logShares(teacher, range, temperature)
            for (index, (own, other)) in zip(range, zip(student, wanted)) {
              let share = exp(other)
              // A share that is 0 adds nothing, whatever its logarithm.
              if share != 0 { distance += share * (other - own) }
              // T^2 times the derivative of logits / T.
              let slope = distillationWeight * temperature * (exp(own) - share) / Double(rows)
              gradient[index] = Float(taskWeight * Double(gradient[index]) + slope)
            }
          }
        }
      }
    }
    let scaled = temperature * temperature * distance / Double(rows)
    return (taskWeight * task.loss + distillationWeight * scaled, gradient)
  }

  /// Regression: the task and the distance are mean squared errors, from the targets and from the teacher's predictions.
  ///
  /// - Shapes: all alike, at least one element.
  package static func lossAndGradient(
    _ prediction: Tensor, teacher: Tensor, target: Tensor, taskWeight: Double, distillationWeight: Double
  ) -> (loss: Double, gradient: Tensor) {
    let task = MeanSquaredError.lossAndGradient(prediction, target: target)
    let distance = MeanSquaredError.lossAndGradient(prediction, target: teacher)
    var gradient = task.gradient
    distance.gradient.withElements { slopes in
      gradient.withMutableElements { gradient in
        for index in gradient.indices {
          gradient[index] = Float(taskWeight * Double(gradient[index]) + distillationWeight * Double(slopes[index]))
        }
      }
    }
    return (taskWeight * task.loss + distillationWeight * distance.loss, gradient)
  }

  /// Logarithms of the softmax of one row divided by the temperature.
  private static func logShares(_ values: Span<Float>, _ range: Range<Int>, _ temperature: Double) -> [Double] {
    let scaled = range.map { Double(values[$0]) / temperature }
    let largest = scaled.max() ?? 0
    let total = log(scaled.reduce(0) { $0 + exp($1 - largest) })
    return scaled.map { $0 - largest - total }
  }
}
