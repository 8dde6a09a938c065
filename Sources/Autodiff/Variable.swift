import Kernels

/// Value in a computation whose gradient may be asked for.
package final class Variable {
  package let value: Tensor
  /// Gradient that has arrived so far from the operations that read this value.
  package private(set) var gradient: Tensor?
  /// Whether anything upstream of this value learns; if not, no gradient is computed for it.
  package let needsGradient: Bool

  package init(_ value: Tensor, needsGradient: Bool = false) {
    self.value = value
    self.needsGradient = needsGradient
  }

  package var shape: Shape { value.shape }

  /// Adds `gradient` to what has arrived.
  package func accumulate(_ gradient: Tensor) {
    self.gradient.accumulate(gradient)
  }

  /// Adds upstream * weight, the gradient that a linear layer passes on, without a tensor of its own for it.
  ///
  /// - Shapes: `upstream` [..., out]; `weight` [out, in]; this value [..., in].
  package func accumulateLinear(_ upstream: Tensor, weight: Tensor) {
    MatrixProduct.addLinearInputGradient(upstream, weight: weight, to: &gradient)
  }

  /// Hands out the gradient and forgets it, so that its memory can be reused at once.
  fileprivate func takeGradient() -> Tensor? {
    defer { gradient = nil }
    return gradient
  }
}

/// Operations of one forward pass in order, with what each needs to go back.
package final class Tape {
  private var steps: [Step] = []

  package init() {}

  /// Number of recorded operations.
  package var count: Int { steps.count }

  /// Appends an operation with its derivative.
  ///
  /// `derivative` receives the gradient at `output` and accumulates those at the operands; it is not called if no
  /// gradient arrives, and must not capture `output`.
  package func record(_ output: Variable, derivative: @escaping (_ upstream: Tensor) -> Void) {
    steps.append(Step(output: output, derivative: derivative))
  }

  /// Computes all gradients from `upstream`, the gradient at `output`, and empties the tape.
  package func backward(from output: Variable, upstream: Tensor) {
    precondition(
      upstream.shape == output.shape, "backward: upstream \(upstream.shape), output \(output.shape)")
    output.accumulate(upstream)
    while let step = steps.popLast() {
      if let gradient = step.output.takeGradient() { step.derivative(gradient) }
    }
  }

  private struct Step {
    let output: Variable
    let derivative: (Tensor) -> Void
  }
}
