import Kernels

/// Groups or blocks of a weight that are not as a pattern says.
package struct PatternCount: Codable, Equatable, Sendable {
  /// Groups, or blocks.
  package var total = 0
  package var broken = 0
  /// The first broken one; nil if there is none.
  package var first: Place?

  /// A group or block: its output channel, its first input channel, its kernel position, and its nonzero weights.
  package struct Place: Codable, Equatable, Sendable, CustomStringConvertible {
    package let output: Int
    package let input: Int
    package let position: Int
    package let nonzeros: Int

    package var description: String { "output \(output), input \(input), kernel position \(position)" }
  }

  /// Counts over runs of `size` consecutive input channels those whose number of nonzero weights is `isBroken`.
  ///
  /// - Shapes: `weight` [out, in, ...], `size` a divisor of in.
  init(of weight: Tensor, size: Int, isBroken: (_ nonzeros: Int) -> Bool) {
    let (outputs, inputs) = (weight.shape[0], weight.shape[1])
    precondition(inputs % size == 0, "runs of \(size) in a weight of shape \(weight.shape)")
    let positions = weight.count / max(1, outputs * inputs)
    weight.withElements { elements in
      for output in 0..<outputs {
        for input in stride(from: 0, to: inputs, by: size) {
          for position in 0..<positions {
            var nonzeros = 0
            for member in 0..<size where elements[(output * inputs + input + member) * positions + position] != 0 {
              nonzeros += 1
            }
            total += 1
            guard isBroken(nonzeros) else { continue }
            broken += 1
            if first == nil { first = Place(output: output, input: input, position: position, nonzeros: nonzeros) }
          }
        }
      }
    }
  }
}

extension GroupBorders {
  /// Groups of `weight` that have more nonzero weights than the pattern keeps.
  ///
  /// - Shapes: `weight` [out, in, ...], the pattern's size a divisor of in.
  package func exceptions(in weight: Tensor) -> PatternCount {
    PatternCount(of: weight, size: size) { $0 > keeping }
  }
}

extension BlockPattern {
  /// Blocks of `weight` of which some weights are zero and others are not.
  ///
  /// - Shapes: `weight` [out, in, ...], the pattern's size a divisor of in.
  package func exceptions(in weight: Tensor) -> PatternCount {
    PatternCount(of: weight, size: size) { $0 > 0 && $0 < size }
  }
}
