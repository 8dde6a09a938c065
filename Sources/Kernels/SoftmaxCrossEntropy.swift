import Glibc

/// Mean cross-entropy of logits against class indices, with label smoothing as PyTorch defines it.
///
/// The target distribution is (1 - s) on the true class plus s / C on every class.
///
/// - Shapes: `logits` [N, C]; `labels` N indices in 0..<C.
/// - Source: Szegedy et al. 2016, arXiv 1512.00567, section 7.
package enum SoftmaxCrossEntropy {
  /// The mean loss, and its gradient at the logits.
  package static func lossAndGradient(
    _ logits: Tensor, labels: [Int], labelSmoothing: Double
  ) -> (loss: Double, gradient: Tensor) {
    precondition(
      logits.rank == 2 && logits.shape[0] == labels.count && !labels.isEmpty,
      "cross-entropy: logits \(logits.shape), \(labels.count) labels")
    let (rows, classes) = (logits.shape[0], logits.shape[1])
    var gradient = Tensor(repeating: 0, shape: logits.shape)
    var loss = 0.0
    logits.withElements { logits in
      gradient.withMutableElements { gradient in
        for row in 0..<rows {
          precondition(
            (0..<classes).contains(labels[row]), "cross-entropy: label \(labels[row]) with \(classes) classes")
          let start = row * classes
          var largest = logits[start]
          for index in start..<(start + classes) { largest = max(largest, logits[index]) }
          var total = 0.0
          for index in start..<(start + classes) { total += exp(Double(logits[index] - largest)) }
          let logTotal = log(total)
          for index in start..<(start + classes) {
            let logProbability = Double(logits[index] - largest) - logTotal
            let isTarget = index - start == labels[row]
            let target = labelSmoothing / Double(classes) + (isTarget ? 1 - labelSmoothing : 0)
            loss -= target == 0 ? 0 : target * logProbability
            gradient[index] = Float((exp(logProbability) - target) / Double(rows))
          }
        }
      }
    }
    return (loss / Double(rows), gradient)
  }
}
