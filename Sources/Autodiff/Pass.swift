import Kernels

/// One forward pass through a network: what every layer has to know, and nothing ambient.
package struct Pass {
  /// Whether layers behave as in training (batch statistics, dropout) or as in use (running statistics, none).
  package enum Mode: Sendable {
    case training
    case evaluation
  }

  package let mode: Mode
  /// Where operations are recorded; nil if no gradient is wanted.
  package let tape: Tape?
  /// Root of the pass's randomness, such as dropout; another one every step.
  package let seed: Seed?

  package init(_ mode: Mode, tape: Tape? = nil, seed: Seed? = nil) {
    self.mode = mode
    self.tape = tape
    self.seed = seed
  }

  /// Result of an operation, recorded if a gradient is wanted and any operand learns.
  package func result(
    _ value: Tensor, learns: Bool, derivative: @escaping (_ upstream: Tensor) -> Void
  ) -> Variable {
    let output = Variable(value, needsGradient: learns && tape != nil)
    if let tape, learns { tape.record(output, derivative: derivative) }
    return output
  }

  /// What dropout leaves out at the place called `path`; nil where nothing is: in evaluation, and at probability 0.
  ///
  /// - Precondition: in training the pass has a seed.
  package func dropoutMask(_ probability: Double, at path: String) -> DropoutMask? {
    guard mode == .training, probability > 0 else { return nil }
    guard let seed else {
      preconditionFailure("dropout at '\(path)': a training pass with dropout needs a seed")
    }
    return DropoutMask(probability: probability, stream: seed.stream("dropout/\(path)"))
  }
}
