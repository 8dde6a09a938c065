import Kernels

/// Softmax and its logarithm over the last axis as plain loops.
///
/// - Shapes: all [..., C].
package enum SoftmaxTwin {
  package static func forward<Scalar: TwinScalar>(_ x: PlainTensor<Scalar>) -> PlainTensor<Scalar> {
    var result = x
    for row in x.rows {
      let largest = x.elements[row].max() ?? 0
      for index in row { result.elements[index] = Scalar.exponential(x.elements[index] - largest) }
      let total = result.elements[row].reduce(0, +)
      for index in row { result.elements[index] /= total }
    }
    return result
  }

  /// Gradient at the input, from the gradient at the result and the result.
  package static func gradient<Scalar: TwinScalar>(
    _ upstream: PlainTensor<Scalar>, output: PlainTensor<Scalar>
  ) -> PlainTensor<Scalar> {
    var result = upstream
    for row in output.rows {
      let total = row.reduce(Scalar(0)) { $0 + upstream.elements[$1] * output.elements[$1] }
      for index in row { result.elements[index] = (upstream.elements[index] - total) * output.elements[index] }
    }
    return result
  }

  package static func logarithm<Scalar: TwinScalar>(_ x: PlainTensor<Scalar>) -> PlainTensor<Scalar> {
    var result = x
    for row in x.rows {
      let largest = x.elements[row].max() ?? 0
      let total = x.elements[row].reduce(Scalar(0)) { $0 + Scalar.exponential($1 - largest) }
      for index in row { result.elements[index] = x.elements[index] - largest - Scalar.logarithm(total) }
    }
    return result
  }

  /// Gradient at the input of `logarithm`, from the gradient at the result and the result.
  package static func logarithmGradient<Scalar: TwinScalar>(
    _ upstream: PlainTensor<Scalar>, output: PlainTensor<Scalar>
  ) -> PlainTensor<Scalar> {
    var result = upstream
    for row in output.rows {
      let total = upstream.elements[row].reduce(0, +)
      for index in row { result.elements[index] -= Scalar.exponential(output.elements[index]) * total }
    }
    return result
  }
}
