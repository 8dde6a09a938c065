import Kernels

/// One forward pass through a network: what every layer has to know, and nothing ambient.
package struct Pass {
  /// Whether layers behave as in training (batch statistics) or as in use (running statistics).
  package enum Mode: Sendable {
    case training
    case evaluation
  }

  package let mode: Mode
  /// Where operations are recorded; nil if no gradient is wanted.
  package let tape: Tape?

  package init(_ mode: Mode, tape: Tape? = nil) {
    self.mode = mode
    self.tape = tape
  }

  /// Result of an operation, recorded if a gradient is wanted and any operand learns.
  package func result(
    _ value: Tensor, learns: Bool, derivative: @escaping (_ upstream: Tensor) -> Void
  ) -> Variable {
    let output = Variable(value, needsGradient: learns && tape != nil)
    if let tape, learns { tape.record(output, derivative: derivative) }
    return output
  }
}
