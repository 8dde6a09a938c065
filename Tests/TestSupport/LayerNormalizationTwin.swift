import Kernels

/// Layer normalisation over the last axis as plain loops.
///
/// - Shapes: input [..., D]; scale, shift [D].
package struct LayerNormalizationTwin {
  package let epsilon: Double

  package init(epsilon: Double) {
    self.epsilon = epsilon
  }

  package func forward<Scalar>(
    _ input: PlainTensor<Scalar>, scale: PlainTensor<Scalar>, shift: PlainTensor<Scalar>
  ) -> PlainTensor<Scalar> {
    var output = normalized(input).values
    for index in output.elements.indices {
      let column = index % scale.count
      output.elements[index] = output.elements[index] * scale.elements[column] + shift.elements[column]
    }
    return output
  }

  /// Gradients by the chain rule, written out.
  package func backward<Scalar>(
    _ upstream: PlainTensor<Scalar>, input: PlainTensor<Scalar>, scale: PlainTensor<Scalar>
  ) -> (input: PlainTensor<Scalar>, scale: PlainTensor<Scalar>, shift: PlainTensor<Scalar>) {
    let (values, deviations) = normalized(input)
    var gradient = upstream
    for (number, row) in input.rows.enumerated() {
      let scaled = row.map { upstream.elements[$0] * scale.elements[$0 - row.lowerBound] }
      let width = Scalar(row.count)
      let offset = scaled.reduce(0, +) / width
      let slope = row.reduce(Scalar(0)) { $0 + scaled[$1 - row.lowerBound] * values.elements[$1] } / width
      for index in row {
        gradient.elements[index] =
          (scaled[index - row.lowerBound] - offset - values.elements[index] * slope) / deviations[number]
      }
    }
    return (gradient, MatrixTwin.columnSums(upstream.zip(values, *)), MatrixTwin.columnSums(upstream))
  }

  /// The rows with mean 0 and variance 1, and the deviation that each was divided by.
  private func normalized<Scalar>(
    _ input: PlainTensor<Scalar>
  ) -> (values: PlainTensor<Scalar>, deviations: [Scalar]) {
    var values = input
    var deviations: [Scalar] = []
    for row in input.rows {
      let width = Scalar(row.count)
      let mean = input.elements[row].reduce(0, +) / width
      let variance = input.elements[row].reduce(Scalar(0)) { $0 + ($1 - mean) * ($1 - mean) } / width
      let deviation = (variance + Scalar(epsilon)).squareRoot()
      for index in row { values.elements[index] = (input.elements[index] - mean) / deviation }
      deviations.append(deviation)
    }
    return (values, deviations)
  }
}
