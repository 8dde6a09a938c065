import COneDNN
import COpenBLAS

/// Matrix products by oneDNN and OpenBLAS, whichever is faster at the shape.
///
/// - Note: both give the same bits for the same number of threads; with another number they cut long inner sums
///   elsewhere.
package enum MatrixProduct {
  /// input * weight^T + bias, a linear layer.
  ///
  /// - Shapes: `input` [..., in]; `weight` [out, in]; `bias` [out]; result [..., out].
  package static func linear(_ input: Tensor, weight: Tensor, bias: Tensor?) -> Tensor {
    let (rows, columns, inner) = extents("linear", input.shape, weight.shape)
    let result = Tensor(uninitialized: Shape(input.shape.extents.dropLast() + [columns]))
    let (input, weight) = (input.plain(), weight.plain())
    unsafe multiply(
      .init(input.storage.floats, inner), .init(weight.storage.floats, inner, isTransposed: true), inner: inner,
      into: .init(result.storage.floats, columns), rows: rows, columns: columns)
    if let bias {
      precondition(bias.shape == [columns], "linear: bias \(bias.shape), weight \(weight.shape)")
      add(bias.plain(), toRowsOf: result, columns)
    }
    return result
  }

  /// Adds upstream * weight, the gradient at a linear layer's input, to `sum`; nil counts as zeros.
  ///
  /// - Shapes: `upstream` [..., out]; `weight` [out, in]; `sum` [..., in].
  package static func addLinearInputGradient(_ upstream: Tensor, weight: Tensor, to sum: inout Tensor?) {
    precondition(
      upstream.rank >= 1 && weight.rank == 2 && upstream.shape[upstream.rank - 1] == weight.shape[0],
      "linear input gradient: upstream \(upstream.shape), weight \(weight.shape)")
    let (inner, columns) = (weight.shape[0], weight.shape[1])
    let shape = Shape(upstream.shape.extents.dropLast() + [columns])
    var target = sum ?? Tensor(uninitialized: shape)
    precondition(target.shape == shape, "linear input gradient: sum \(target.shape), gradient \(shape)")
    let addsUp = sum != nil
    // Forgotten while it is written to, so that it is not copied.
    sum = nil
    target.makeUniqueAndPlain()
    let (upstream, weight) = (upstream.plain(), weight.plain())
    unsafe multiply(
      .init(upstream.storage.floats, inner), .init(weight.storage.floats, columns), inner: inner,
      into: .init(target.storage.floats, columns), rows: shape.count / max(1, columns), columns: columns,
      addingUp: addsUp)
    sum = target
  }

  /// upstream * weight, the gradient at a linear layer's input.
  ///
  /// - Shapes: `upstream` [..., out]; `weight` [out, in]; result [..., in].
  package static func linearInputGradient(_ upstream: Tensor, weight: Tensor) -> Tensor {
    var sum: Tensor?
    addLinearInputGradient(upstream, weight: weight, to: &sum)
    guard let sum else { preconditionFailure("linear input gradient: no result") }
    return sum
  }

  /// upstream^T * input, the gradient at a linear layer's weight.
  ///
  /// - Shapes: `upstream` [..., out]; `input` [..., in]; result [out, in].
  package static func linearWeightGradient(_ upstream: Tensor, input: Tensor) -> Tensor {
    precondition(
      upstream.rank >= 1 && input.rank == upstream.rank
        && upstream.shape.extents.dropLast() == input.shape.extents.dropLast(),
      "linear weight gradient: upstream \(upstream.shape), input \(input.shape)")
    let (rows, columns) = (upstream.shape[upstream.rank - 1], input.shape[input.rank - 1])
    let inner = input.count / max(1, columns)
    let result = Tensor(uninitialized: [rows, columns])
    let (upstream, input) = (upstream.plain(), input.plain())
    unsafe multiply(
      .init(upstream.storage.floats, rows, isTransposed: true), .init(input.storage.floats, columns), inner: inner,
      into: .init(result.storage.floats, columns), rows: rows, columns: columns,
      isForOpenBLAS: min(rows, columns) >= 256 && rows * columns <= 1 << 18)
    return result
  }

  /// Column sums, the gradient at a linear layer's bias.
  ///
  /// - Shapes: `upstream` [..., out]; result [out].
  package static func columnSums(_ upstream: Tensor) -> Tensor {
    precondition(upstream.rank >= 1, "column sums of a tensor of shape \(upstream.shape)")
    let columns = upstream.shape[upstream.rank - 1]
    guard columns > 0 else { return Tensor([], shape: [0]) }
    let upstream = upstream.plain()
    let sums = ColumnSums(rows: upstream.count / columns, width: columns)
    // Sound without isolation: each chunk writes its own sums, and the tensors outlive the call.
    nonisolated(unsafe) let source = unsafe upstream.storage.floats
    parallel(sums.chunks, grain: max(1, Elementwise.grain / (ColumnSums.chunkRows * columns))) { chunks in
      for chunk in chunks {
        let place = unsafe sums.start(chunk)
        for row in sums.rows(of: chunk) {
          let values = unsafe source + row * columns
          for column in 0..<columns { unsafe place[column] += values[column] }
        }
      }
    }
    return sums.total(0..<columns)
  }

  // MARK: Pointers

  /// A matrix in row-major order within this room.
  @unsafe struct Operand {
    let base: UnsafeMutablePointer<Float>
    /// Distance between two rows, as stored.
    let stride: Int
    /// Whether the product takes the stored matrix's transpose.
    let isTransposed: Bool

    init(_ base: UnsafeMutablePointer<Float>, _ stride: Int, isTransposed: Bool = false) {
      unsafe self.base = unsafe base
      unsafe self.stride = stride
      unsafe self.isTransposed = isTransposed
    }
  }

  /// result (+)= a * b, by OpenBLAS or by oneDNN; nil leaves the choice to the shape.
  static func multiply(
    _ a: Operand, _ b: Operand, inner: Int, into result: Operand, rows: Int, columns: Int, addingUp: Bool = false,
    isForOpenBLAS: Bool? = nil
  ) {
    guard rows > 0, columns > 0 else { return }
    guard inner > 0 else {
      if !addingUp {
        for row in 0..<rows { unsafe (result.base + row * result.stride).update(repeating: 0, count: columns) }
      }
      return
    }
    let beta: Float = addingUp ? 1 : 0
    if unsafe isForOpenBLAS ?? isLongAndWide(a, rows: rows, columns: columns) {
      unsafe cblas_sgemm(
        CblasRowMajor, a.isTransposed ? CblasTrans : CblasNoTrans, b.isTransposed ? CblasTrans : CblasNoTrans,
        Int32(rows), Int32(columns), Int32(inner), 1, a.base, Int32(a.stride), b.base, Int32(b.stride), beta,
        result.base, Int32(result.stride))
      return
    }
    let (plain, transposed) = (CChar(UInt8(ascii: "N")), CChar(UInt8(ascii: "T")))
    unsafe check(
      dnnl_sgemm(
        a.isTransposed ? transposed : plain, b.isTransposed ? transposed : plain, dnnl_dim_t(rows), dnnl_dim_t(columns),
        dnnl_dim_t(inner), 1, a.base, dnnl_dim_t(a.stride), b.base, dnnl_dim_t(b.stride), beta, result.base,
        dnnl_dim_t(result.stride)),
      "dnnl_sgemm \(rows) x \(columns) x \(inner)")
  }

  /// Whether OpenBLAS is faster: at products over long columns into wide results.
  ///
  /// oneDNN does not cut the inner sum there. Measured on two cores of an AMD Zen 3: 512 x 512 over 2,048 rows at 167
  /// against 110 GFLOP/s, 128 x 64 over 32,768 rows at 112 against 131. Gradients of linear maps are told apart further:
  /// 384 x 384 over 2,048 rows at 150 against 129, 1,536 x 384 at 157 against 165.
  private static func isLongAndWide(_ a: Operand, rows: Int, columns: Int) -> Bool {
    unsafe a.isTransposed && min(rows, columns) >= 256
  }

  /// Adds `bias` to every row of `result`, which is fresh, so writing through its storage reaches no other tensor.
  private static func add(_ bias: Tensor, toRowsOf result: Tensor, _ columns: Int) {
    // Sound without isolation: each chunk writes its own rows, and the tensors outlive the call.
    nonisolated(unsafe) let (b, target) = unsafe (bias.storage.floats, result.storage.floats)
    parallel(result.count / max(1, columns), grain: max(1, Elementwise.grain / max(1, columns))) { rows in
      for row in rows {
        let values = unsafe target + row * columns
        for column in 0..<columns { unsafe values[column] += b[column] }
      }
    }
  }

  private static func extents(_ operation: String, _ input: Shape, _ weight: Shape) -> (Int, Int, Int) {
    precondition(
      input.rank >= 1 && weight.rank == 2 && input[input.rank - 1] == weight[1],
      "\(operation): input \(input), weight \(weight)")
    return (input.extents.dropLast().reduce(1, *), weight[0], weight[1])
  }
}
