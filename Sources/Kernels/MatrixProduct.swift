import COpenBLAS

/// Matrix products by OpenBLAS.
package enum MatrixProduct {
  /// input * weight^T + bias, a linear layer.
  ///
  /// - Shapes: `input` [N, in]; `weight` [out, in]; `bias` [out]; result [N, out].
  package static func linear(_ input: Tensor, weight: Tensor, bias: Tensor?) -> Tensor {
    precondition(
      input.rank == 2 && weight.rank == 2 && input.shape[1] == weight.shape[1],
      "linear: input \(input.shape), weight \(weight.shape)")
    let (rows, columns) = (input.shape[0], weight.shape[0])
    var result = Tensor(repeating: 0, shape: [rows, columns])
    if let bias {
      precondition(bias.shape == [columns], "linear: bias \(bias.shape), weight \(weight.shape)")
      bias.withElements { bias in
        result.withMutableElements { result in
          for row in 0..<rows {
            for column in 0..<columns { result[row * columns + column] = bias[column] }
          }
        }
      }
    }
    product(input, weight, transposingSecond: true, into: result)
    return result
  }

  /// upstream * weight, the gradient at a linear layer's input.
  ///
  /// - Shapes: `upstream` [N, out]; `weight` [out, in]; result [N, in].
  package static func linearInputGradient(_ upstream: Tensor, weight: Tensor) -> Tensor {
    precondition(
      upstream.rank == 2 && weight.rank == 2 && upstream.shape[1] == weight.shape[0],
      "linear input gradient: upstream \(upstream.shape), weight \(weight.shape)")
    let result = Tensor(repeating: 0, shape: [upstream.shape[0], weight.shape[1]])
    product(upstream, weight, transposingSecond: false, into: result)
    return result
  }

  /// upstream^T * input, the gradient at a linear layer's weight.
  ///
  /// - Shapes: `upstream` [N, out]; `input` [N, in]; result [out, in].
  package static func linearWeightGradient(_ upstream: Tensor, input: Tensor) -> Tensor {
    precondition(
      upstream.rank == 2 && input.rank == 2 && upstream.shape[0] == input.shape[0],
      "linear weight gradient: upstream \(upstream.shape), input \(input.shape)")
    let (rows, columns, inner) = (upstream.shape[1], input.shape[1], input.shape[0])
    let result = Tensor(repeating: 0, shape: [rows, columns])
    guard inner > 0, result.count > 0 else { return result }
    let (a, b) = (upstream.plain(), input.plain())
    unsafe cblas_sgemm(
      CblasRowMajor, CblasTrans, CblasNoTrans, Int32(rows), Int32(columns), Int32(inner), 1, a.storage.floats,
      Int32(rows), b.storage.floats, Int32(columns), 0, result.storage.floats, Int32(columns))
    return result
  }

  /// Column sums, the gradient at a linear layer's bias.
  ///
  /// - Shapes: `upstream` [N, out]; result [out].
  package static func columnSums(_ upstream: Tensor) -> Tensor {
    let (rows, columns) = (upstream.shape[0], upstream.shape[1])
    var result = Tensor(repeating: 0, shape: [columns])
    upstream.withElements { upstream in
      result.withMutableElements { result in
        for row in 0..<rows {
          for column in 0..<columns { result[column] += upstream[row * columns + column] }
        }
      }
    }
    return result
  }

  /// result += a * b or a * b^T; `result` is fresh, so writing through its storage reaches no other tensor.
  private static func product(_ a: Tensor, _ b: Tensor, transposingSecond: Bool, into result: Tensor) {
    let (rows, columns, inner) = (result.shape[0], result.shape[1], a.shape[1])
    guard rows > 0, columns > 0, inner > 0 else { return }
    let (a, b) = (a.plain(), b.plain())
    unsafe cblas_sgemm(
      CblasRowMajor, CblasNoTrans, transposingSecond ? CblasTrans : CblasNoTrans, Int32(rows), Int32(columns),
      Int32(inner), 1, a.storage.floats, Int32(inner), b.storage.floats,
      Int32(transposingSecond ? inner : columns), 1, result.storage.floats, Int32(columns))
  }
}
