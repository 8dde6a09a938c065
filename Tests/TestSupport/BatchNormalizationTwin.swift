import Kernels

/// Batch normalisation as plain loops, with the rectifier that may be fused behind it.
///
/// - Shapes: input [N, C, H, W]; scale, shift, mean, variance [C].
package struct BatchNormalizationTwin {
  package let epsilon: Double
  package let isRectified: Bool

  package init(epsilon: Double, isRectified: Bool) {
    self.epsilon = epsilon
    self.isRectified = isRectified
  }

  /// Mean and biased variance of each channel.
  package func statistics<Scalar>(
    of input: PlainTensor<Scalar>
  ) -> (mean: PlainTensor<Scalar>, variance: PlainTensor<Scalar>) {
    var mean = PlainTensor<Scalar>(repeating: 0, shape: [input.shape[1]])
    var variance = mean
    let count = Scalar(input.count / input.shape[1])
    for index in input.elements.indices { mean.elements[channel(index, input.shape)] += input.elements[index] / count }
    for index in input.elements.indices {
      let distance = input.elements[index] - mean.elements[channel(index, input.shape)]
      variance.elements[channel(index, input.shape)] += distance * distance / count
    }
    return (mean, variance)
  }

  /// Normalised by the given statistics, or the batch's own if there are none.
  package func forward<Scalar>(
    _ input: PlainTensor<Scalar>, scale: PlainTensor<Scalar>, shift: PlainTensor<Scalar>,
    statistics: (mean: PlainTensor<Scalar>, variance: PlainTensor<Scalar>)? = nil
  ) -> PlainTensor<Scalar> {
    let (mean, variance) = statistics ?? self.statistics(of: input)
    var output = input
    for index in input.elements.indices {
      let c = channel(index, input.shape)
      let deviation = (variance.elements[c] + Scalar(epsilon)).squareRoot()
      let normalized = (input.elements[index] - mean.elements[c]) / deviation
      let value = scale.elements[c] * normalized + shift.elements[c]
      output.elements[index] = isRectified ? max(value, 0) : value
    }
    return output
  }

  /// Gradients by the chain rule, written out.
  package func backward<Scalar>(
    _ upstream: PlainTensor<Scalar>, input: PlainTensor<Scalar>, scale: PlainTensor<Scalar>,
    shift: PlainTensor<Scalar>, statistics: (mean: PlainTensor<Scalar>, variance: PlainTensor<Scalar>)? = nil
  ) -> (input: PlainTensor<Scalar>, scale: PlainTensor<Scalar>, shift: PlainTensor<Scalar>) {
    let (mean, variance) = statistics ?? self.statistics(of: input)
    let output = forward(input, scale: scale, shift: shift, statistics: (mean, variance))
    var arrived = upstream
    if isRectified { arrived = upstream.zip(output) { $1 > 0 ? $0 : 0 } }
    let deviations = variance.map { ($0 + Scalar(epsilon)).squareRoot() }
    var scaleGradient = scale.map { _ in 0 }
    var shiftGradient = scaleGradient
    func normalized(_ index: Int, _ c: Int) -> Scalar {
      (input.elements[index] - mean.elements[c]) / deviations.elements[c]
    }
    for index in input.elements.indices {
      let c = channel(index, input.shape)
      scaleGradient.elements[c] += arrived.elements[index] * normalized(index, c)
      shiftGradient.elements[c] += arrived.elements[index]
    }
    let count = Scalar(input.count / input.shape[1])
    var gradient = arrived
    for index in input.elements.indices {
      let c = channel(index, input.shape)
      var value = arrived.elements[index]
      if statistics == nil {
        value -= (shiftGradient.elements[c] + normalized(index, c) * scaleGradient.elements[c]) / count
      }
      gradient.elements[index] = scale.elements[c] / deviations.elements[c] * value
    }
    return (gradient, scaleGradient, shiftGradient)
  }

  private func channel(_ index: Int, _ shape: Shape) -> Int { index / (shape[2] * shape[3]) % shape[1] }
}
