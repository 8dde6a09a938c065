import Kernels

/// Scaled dot-product attention of several heads as plain loops.
///
/// - Shapes: query, key, value and result [B, T, heads * D]; `keyMask` B * T values; `factors`, what dropout multiplies
///   the shares with, [B, heads, T, T].
package struct AttentionTwin<Scalar: TwinScalar> {
  /// Query, key and value, or the gradients at them.
  package struct Operands {
    package var query: PlainTensor<Scalar>
    package var key: PlainTensor<Scalar>
    package var value: PlainTensor<Scalar>

    package init(query: PlainTensor<Scalar>, key: PlainTensor<Scalar>, value: PlainTensor<Scalar>) {
      self.query = query
      self.key = key
      self.value = value
    }
  }

  private let heads: Int
  private let keyMask: [Bool]?
  private let factors: PlainTensor<Scalar>?

  package init(heads: Int, keyMask: [Bool]? = nil, factors: PlainTensor<Scalar>? = nil) {
    self.heads = heads
    self.keyMask = keyMask
    self.factors = factors
  }

  package func forward(_ operands: Operands) -> PlainTensor<Scalar> {
    var output = operands.query.map { _ in 0 }
    forEachRow(of: operands) { row in
      for (column, share) in row.shares.enumerated() {
        for part in 0..<row.width {
          output.elements[row.query + part] +=
            share * factor(row, column) * operands.value.elements[row.key(column) + part]
        }
      }
    }
    return output
  }

  /// Gradients by the chain rule, written out.
  package func backward(_ upstream: PlainTensor<Scalar>, _ operands: Operands) -> Operands {
    let zeros = upstream.map { _ in 0 }
    var gradient = Operands(query: zeros, key: zeros, value: zeros)
    forEachRow(of: operands) { row in
      var atShares = row.shares.map { _ in Scalar(0) }
      for column in atShares.indices {
        for part in 0..<row.width {
          let arrived = upstream.elements[row.query + part] * factor(row, column)
          gradient.value.elements[row.key(column) + part] += row.shares[column] * arrived
          atShares[column] += operands.value.elements[row.key(column) + part] * arrived
        }
      }
      let total = atShares.indices.reduce(Scalar(0)) { $0 + atShares[$1] * row.shares[$1] }
      for column in atShares.indices {
        let atScore = (atShares[column] - total) * row.shares[column] / Scalar(row.width).squareRoot()
        for part in 0..<row.width {
          gradient.query.elements[row.query + part] += atScore * operands.key.elements[row.key(column) + part]
          gradient.key.elements[row.key(column) + part] += atScore * operands.query.elements[row.query + part]
        }
      }
    }
    return gradient
  }

  /// One head at one position.
  private struct Row {
    /// Number of the row among all of [B, heads, T].
    let number: Int
    let width: Int
    /// First element of the query, and of the first key.
    let query: Int
    let firstKey: Int
    let stride: Int
    /// Softmax over the keys, before dropout.
    let shares: [Scalar]

    func key(_ column: Int) -> Int { firstKey + column * stride }
  }

  private func factor(_ row: Row, _ column: Int) -> Scalar {
    factors?.elements[row.number * row.shares.count + column] ?? 1
  }

  private func forEachRow(of operands: Operands, _ body: (Row) -> Void) {
    let (batch, length, stride) = (operands.query.shape[0], operands.query.shape[1], operands.query.shape[2])
    let width = stride / heads
    for sequence in 0..<batch {
      for head in 0..<heads {
        for position in 0..<length {
          let first = sequence * length * stride + head * width
          let query = first + position * stride
          let scores = (0..<length).map { column in
            let key = first + column * stride
            let product = (0..<width).reduce(Scalar(0)) {
              $0 + operands.query.elements[query + $1] * operands.key.elements[key + $1]
            }
            let counts = keyMask?[sequence * length + column] ?? true
            return counts ? product / Scalar(width).squareRoot() : -.infinity
          }
          let shares = SoftmaxTwin.forward(PlainTensor(scores, shape: [length])).elements
          body(
            Row(
              number: (sequence * heads + head) * length + position, width: width, query: query, firstKey: first,
              stride: stride, shares: shares))
        }
      }
    }
  }
}
