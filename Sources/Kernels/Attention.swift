/// Scaled dot-product attention of several heads that lie side by side in the last axis.
///
/// Each head attends with softmax(Q K^T / sqrt(D)) V, D its width; keys that the mask leaves out get a share of exactly 0.
///
/// - Shapes: query, key, value and result [B, T, heads * D]; `keyMask` B * T values, false for padding.
/// - Source: Vaswani et al. 2017, arXiv 1706.03762, section 3.2.
package struct Attention {
  /// Extents of one attention.
  private struct Extents {
    let batch: Int
    let length: Int
    let heads: Int
    /// Width of one head.
    let width: Int

    /// Distance between two positions.
    var stride: Int { heads * width }
    var factor: Float { Float(1 / Double(width).squareRoot()) }
  }

  package let output: Tensor
  private let extents: Extents
  private let operands: (query: Tensor, key: Tensor, value: Tensor)
  /// Shares before dropout, [B, heads, T, T].
  private let shares: Tensor
  private let dropout: DropoutMask?

  /// - Precondition: operands of one shape; the heads divide the last axis; at least one key of each sequence counts.
  package init(
    query: Tensor, key: Tensor, value: Tensor, heads: Int, keyMask: [Bool]?, dropout: DropoutMask? = nil
  ) {
    precondition(
      query.rank == 3 && query.shape == key.shape && query.shape == value.shape && heads > 0
        && query.shape[2] % heads == 0 && query.shape[2] > 0,
      "attention: query \(query.shape), key \(key.shape), value \(value.shape), \(heads) heads")
    let extents = Extents(
      batch: query.shape[0], length: query.shape[1], heads: heads, width: query.shape[2] / heads)
    if let keyMask {
      precondition(
        keyMask.count == extents.batch * extents.length,
        "attention: key mask of \(keyMask.count) positions, query \(query.shape)")
      for sequence in 0..<extents.batch where extents.length > 0 {
        precondition(
          keyMask[sequence * extents.length..<(sequence + 1) * extents.length].contains(true),
          "attention: sequence \(sequence) of query \(query.shape) has no key that counts")
      }
    }
    self.extents = extents
    self.operands = (query.plain(), key.plain(), value.plain())
    self.dropout = dropout
    shares = Tensor(uninitialized: [extents.batch, heads, extents.length, extents.length])
    output = Tensor(uninitialized: query.shape)
    forward(keyMask)
  }

  private func forward(_ keyMask: [Bool]?) {
    let extents = extents
    let (length, square) = (extents.length, extents.length * extents.length)
    // Sound without isolation: each chunk writes its own heads, and the tensors outlive the call.
    nonisolated(unsafe) let (q, k, v) = unsafe (
      operands.query.storage.floats, operands.key.storage.floats, operands.value.storage.floats
    )
    nonisolated(unsafe) let (p, o) = unsafe (shares.storage.floats, output.storage.floats)
    unsafe forEachHead { head, first, scratch in
      let share = unsafe p + head * square
      unsafe MatrixProduct.multiply(
        .init(q + first, extents.stride), .init(k + first, extents.stride, isTransposed: true), inner: extents.width,
        into: .init(share, length), rows: length, columns: length)
      let sequence = head / extents.heads
      for row in 0..<length {
        let values = unsafe share + row * length
        if let keyMask {
          for column in 0..<length where !keyMask[sequence * length + column] { unsafe values[column] = -.infinity }
        }
        unsafe Softmax.row(values, to: values, length, factor: extents.factor)
      }
      var weights = unsafe share
      if let dropout {
        unsafe dropout.apply(share, to: scratch, first: head * square, square)
        unsafe weights = scratch
      }
      unsafe MatrixProduct.multiply(
        .init(weights, length), .init(v + first, extents.stride), inner: length, into: .init(o + first, extents.stride),
        rows: length, columns: extents.width)
    }
  }

  /// Gradients at query, key and value.
  ///
  /// - Shapes: all [B, T, heads * D].
  package func backward(_ upstream: Tensor) -> (query: Tensor, key: Tensor, value: Tensor) {
    precondition(upstream.shape == output.shape, "attention: upstream \(upstream.shape), output \(output.shape)")
    let extents = extents
    let (length, square) = (extents.length, extents.length * extents.length)
    let upstream = upstream.plain()
    let gradients = (
      query: Tensor(uninitialized: output.shape), key: Tensor(uninitialized: output.shape),
      value: Tensor(uninitialized: output.shape)
    )
    // Sound without isolation: each chunk writes its own heads, and the tensors outlive the call.
    nonisolated(unsafe) let (q, k, v) = unsafe (
      operands.query.storage.floats, operands.key.storage.floats, operands.value.storage.floats
    )
    nonisolated(unsafe) let (p, u) = unsafe (shares.storage.floats, upstream.storage.floats)
    nonisolated(unsafe) let (dq, dk, dv) = unsafe (
      gradients.query.storage.floats, gradients.key.storage.floats, gradients.value.storage.floats
    )
    unsafe forEachHead { head, first, scratch in
      let share = unsafe p + head * square
      let gradient = unsafe scratch + square
      var weights = unsafe share
      if let dropout {
        unsafe dropout.apply(share, to: scratch, first: head * square, square)
        unsafe weights = scratch
      }
      unsafe MatrixProduct.multiply(
        .init(weights, length, isTransposed: true), .init(u + first, extents.stride), inner: length,
        into: .init(dv + first, extents.stride), rows: length, columns: extents.width)
      unsafe MatrixProduct.multiply(
        .init(u + first, extents.stride), .init(v + first, extents.stride, isTransposed: true), inner: extents.width,
        into: .init(gradient, length), rows: length, columns: length)
      if let dropout { unsafe dropout.apply(gradient, to: gradient, first: head * square, square) }
      for row in 0..<length {
        let values = unsafe gradient + row * length
        unsafe Softmax.rowGradient(values, share + row * length, to: values, length, factor: extents.factor)
      }
      unsafe MatrixProduct.multiply(
        .init(gradient, length), .init(k + first, extents.stride), inner: length,
        into: .init(dq + first, extents.stride), rows: length, columns: extents.width)
      unsafe MatrixProduct.multiply(
        .init(gradient, length, isTransposed: true), .init(q + first, extents.stride), inner: length,
        into: .init(dk + first, extents.stride), rows: length, columns: extents.width)
    }
    return gradients
  }

  /// Calls `body` for every head of every sequence, in parallel, with the position of its first number and room for two
  /// square matrices.
  private func forEachHead(_ body: (_ head: Int, _ first: Int, _ scratch: UnsafeMutablePointer<Float>) -> Void) {
    let extents = extents
    guard extents.length > 0 else { return }
    parallel(extents.batch * extents.heads, grain: max(1, extents.heads / 4)) { heads in
      let scratch = Storage(bytes: 2 * extents.length * extents.length * MemoryLayout<Float>.stride)
      for head in heads {
        let (sequence, part) = head.quotientAndRemainder(dividingBy: extents.heads)
        let first = sequence * extents.length * extents.stride + part * extents.width
        unsafe body(head, first, scratch.floats)
      }
      withExtendedLifetime(scratch) {}
    }
  }
}
