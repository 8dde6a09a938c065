/// Mean of the squared differences between predictions and targets.
package enum MeanSquaredError {
  /// The mean loss, and its gradient at the predictions.
  ///
  /// - Shapes: `prediction` and `target` alike, at least one element.
  package static func lossAndGradient(_ prediction: Tensor, target: Tensor) -> (loss: Double, gradient: Tensor) {
    precondition(
      prediction.shape == target.shape && prediction.count > 0,
      "mean squared error: predictions \(prediction.shape), targets \(target.shape)")
    var gradient = Tensor(repeating: 0, shape: prediction.shape)
    let factor = 2 / Double(prediction.count)
    var total = 0.0
    prediction.withElements { prediction in
      target.withElements { target in
        gradient.withMutableElements { gradient in
          for index in prediction.indices {
            let difference = Double(prediction[index]) - Double(target[index])
            total += difference * difference
            gradient[index] = Float(factor * difference)
          }
        }
      }
    }
    return (total / Double(prediction.count), gradient)
  }
}
