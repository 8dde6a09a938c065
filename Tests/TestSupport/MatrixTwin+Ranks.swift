import Kernels

extension MatrixTwin {
  /// `linear` over the last axis of an input of any rank.
  ///
  /// - Shapes: `input` [..., in]; `weight` [out, in]; `bias` [out]; result [..., out].
  package static func linearOverLastAxis<Scalar>(
    _ input: PlainTensor<Scalar>, _ weight: PlainTensor<Scalar>, bias: PlainTensor<Scalar>? = nil
  ) -> PlainTensor<Scalar> {
    let leading = Array(input.shape.extents.dropLast())
    let matrix = input.reshaped(to: [leading.reduce(1, *), input.width])
    return linear(matrix, weight, bias: bias).reshaped(to: Shape(leading + [weight.shape[0]]))
  }

  /// Sum of all rows along the last axis.
  ///
  /// - Shapes: `input` [..., D]; result [D].
  package static func columnSums<Scalar>(_ input: PlainTensor<Scalar>) -> PlainTensor<Scalar> {
    var sums = PlainTensor<Scalar>(repeating: 0, shape: [input.width])
    for row in input.rows {
      for index in row { sums.elements[index - row.lowerBound] += input.elements[index] }
    }
    return sums
  }

  /// `row` added to every row along the last axis.
  ///
  /// - Shapes: `input` and result [..., D]; `row` [D].
  package static func adding<Scalar>(
    _ row: PlainTensor<Scalar>, toRowsOf input: PlainTensor<Scalar>
  ) -> PlainTensor<Scalar> {
    var sum = input
    for index in sum.elements.indices { sum.elements[index] += row.elements[index % row.count] }
    return sum
  }
}
