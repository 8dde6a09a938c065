/// Stochastic gradient descent with momentum as a plain loop, as PyTorch defines it.
package struct SGDTwin {
  package let rate: Double
  package let momentum: Double
  package let nesterov: Bool
  package let decay: Double

  package init(rate: Double, momentum: Double, nesterov: Bool, decay: Double) {
    self.rate = rate
    self.momentum = momentum
    self.nesterov = nesterov
    self.decay = decay
  }

  package func step<Scalar>(
    _ weight: inout PlainTensor<Scalar>, velocity: inout PlainTensor<Scalar>, gradient: PlainTensor<Scalar>
  ) {
    for index in weight.elements.indices {
      let pull = gradient.elements[index] + Scalar(decay) * weight.elements[index]
      let speed = Scalar(momentum) * velocity.elements[index] + pull
      velocity.elements[index] = speed
      weight.elements[index] -= Scalar(rate) * (nesterov ? pull + Scalar(momentum) * speed : speed)
    }
  }
}
