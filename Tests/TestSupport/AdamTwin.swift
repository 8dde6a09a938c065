/// Adam and AdamW as a plain loop, as PyTorch defines them: with both bias corrections where the definition has them.
package struct AdamTwin {
  package let rate: Double
  package let beta1: Double
  package let beta2: Double
  package let epsilon: Double
  package let decay: Double
  /// Whether decay shrinks the weight (AdamW) or is added to the gradient (Adam).
  package let isDecoupled: Bool

  package init(rate: Double, beta1: Double, beta2: Double, epsilon: Double, decay: Double, isDecoupled: Bool) {
    self.rate = rate
    self.beta1 = beta1
    self.beta2 = beta2
    self.epsilon = epsilon
    self.decay = decay
    self.isDecoupled = isDecoupled
  }

  /// The `count`-th step, from 1.
  package func step(
    _ weight: inout [Double], mean: inout [Double], square: inout [Double], gradient: [Double], count: Int
  ) {
    var (kept1, kept2) = (1.0, 1.0)
    for _ in 0..<count { (kept1, kept2) = (kept1 * beta1, kept2 * beta2) }
    for index in weight.indices {
      var pull = gradient[index]
      if isDecoupled { weight[index] -= rate * decay * weight[index] } else { pull += decay * weight[index] }
      mean[index] = beta1 * mean[index] + (1 - beta1) * pull
      square[index] = beta2 * square[index] + (1 - beta2) * pull * pull
      let (unbiased, unbiasedSquare) = (mean[index] / (1 - kept1), square[index] / (1 - kept2))
      weight[index] -= rate * unbiased / (unbiasedSquare.squareRoot() + epsilon)
    }
  }
}
