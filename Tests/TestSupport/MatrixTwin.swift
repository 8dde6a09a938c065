import Kernels

/// Linear layers and cross-entropy as plain loops.
package enum MatrixTwin {
  /// input * weight^T + bias.
  ///
  /// - Shapes: `input` [N, in]; `weight` [out, in]; `bias` [out]; result [N, out].
  package static func linear<Scalar>(
    _ input: PlainTensor<Scalar>, _ weight: PlainTensor<Scalar>, bias: PlainTensor<Scalar>? = nil
  ) -> PlainTensor<Scalar> {
    let (rows, columns, inner) = (input.shape[0], weight.shape[0], weight.shape[1])
    var output = PlainTensor<Scalar>(repeating: 0, shape: [rows, columns])
    for row in 0..<rows {
      for column in 0..<columns {
        var total = bias?.elements[column] ?? 0
        for index in 0..<inner {
          total += input.elements[row * inner + index] * weight.elements[column * inner + index]
        }
        output.elements[row * columns + column] = total
      }
    }
    return output
  }

  /// [rows, columns] as [columns, rows].
  package static func transposed<Scalar>(_ matrix: PlainTensor<Scalar>) -> PlainTensor<Scalar> {
    let (rows, columns) = (matrix.shape[0], matrix.shape[1])
    var result = PlainTensor<Scalar>(repeating: 0, shape: [columns, rows])
    for row in 0..<rows {
      for column in 0..<columns { result.elements[column * rows + row] = matrix.elements[row * columns + column] }
    }
    return result
  }

  /// Mean cross-entropy against (1 - smoothing) on the true class plus smoothing / C on every class.
  ///
  /// `exponential` and `logarithm` are the functions of that name, so that no precision is lost to another type's.
  ///
  /// - Shapes: `logits` [N, C]; `labels` N indices.
  package static func crossEntropy<Scalar>(
    _ logits: PlainTensor<Scalar>, labels: [Int], smoothing: Scalar, exponential: (Scalar) -> Scalar,
    logarithm: (Scalar) -> Scalar
  ) -> Scalar {
    let classes = logits.shape[1]
    var loss: Scalar = 0
    for row in labels.indices {
      let scores = Array(logits.elements[row * classes..<(row + 1) * classes])
      let largest = scores.max() ?? 0
      let normalizer = largest + logarithm(scores.reduce(0) { $0 + exponential($1 - largest) })
      for index in scores.indices {
        let target = smoothing / Scalar(classes) + (index == labels[row] ? 1 - smoothing : 0)
        loss += target * (normalizer - scores[index])
      }
    }
    return loss / Scalar(labels.count)
  }
}
