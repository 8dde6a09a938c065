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
  /// Is shown every result; nil if nobody asks, which costs nothing.
  package let witness: (any PassWitness)?
  /// Dotted path of the layer that the pass is in, for messages; empty outside of all.
  package private(set) var path = ""

  package init(_ mode: Mode, tape: Tape? = nil, seed: Seed? = nil, witness: (any PassWitness)? = nil) {
    self.mode = mode
    self.tape = tape
    self.seed = seed
    self.witness = witness
  }

  /// The same pass within the part of the current layer called `name`; the layer itself if the name is empty.
  package func at(_ name: String) -> Pass {
    guard !name.isEmpty else { return self }
    var inner = self
    inner.path = path.isEmpty ? name : "\(path).\(name)"
    return inner
  }

  /// Stops with operation, layer and reason unless operands fit.
  ///
  /// `fatalError` and not `precondition`, which says nothing in optimised builds, the ones that train.
  package func require(_ holds: Bool, _ operation: String, _ reason: @autoclosure () -> String) {
    guard !holds else { return }
    fatalError("\(operation)\(path.isEmpty ? "" : " at '\(path)'"): \(reason())")
  }

  /// Result of an operation, recorded if a gradient is wanted and any operand learns.
  package func result(
    _ value: Tensor, learns: Bool, derivative: @escaping (_ upstream: Tensor) -> Void
  ) -> Variable {
    witness?.look(at: value, of: path)
    let output = Variable(value, needsGradient: learns && tape != nil)
    if let tape, learns { tape.record(output, derivative: derivative) }
    return output
  }

  /// What dropout leaves out in the current layer; nil where nothing is: in evaluation, and at probability 0.
  ///
  /// - Precondition: in training the pass has a seed.
  package func dropoutMask(_ probability: Double) -> DropoutMask? {
    guard mode == .training, probability > 0 else { return nil }
    guard let seed else {
      fatalError("dropout at '\(path)': a training pass with dropout needs a seed")
    }
    return DropoutMask(probability: probability, stream: seed.stream("dropout/\(path)"))
  }
}
