/// Scaled dot-product attention of several heads that lie side by side in the last axis.
///
/// Each head attends with softmax(Q K^T / sqrt(D)) V, D its width; keys that the mask leaves out get a share of exactly 0.
///
/// - Shapes: query and result [B, S, heads * D]; key and value [B, T, heads * D]; `keyMask` B * T values, false for
///   padding.
/// - Source: Vaswani et al. 2017, arXiv 1706.03762, section 3.2.
package struct Attention {
  /// Extents of one attention.
  private struct Extents {
    let batch: Int
    /// Positions that ask, S.
    let queries: Int
    /// Positions that are looked at, T.
    let length: Int
    let heads: Int
    /// Width of one head.
    let width: Int

    /// Distance between two positions.
    var stride: Int { heads * width }
    var factor: Float { Float(1 / Double(width).squareRoot()) }
    /// Shares of one head.
    var shares: Int { queries * length }
  }

  package let output: Tensor
  private let extents: Extents
  private let operands: (query: Tensor, key: Tensor, value: Tensor)
  /// Shares before dropout, [B, heads, S, T].
  private let shares: Tensor
  private let dropout: DropoutMask?

  /// - Precondition: key and value of one shape, the query of another length at most; the heads divide the last axis; at least one key of each sequence counts.
  package init(
    query: Tensor, key: Tensor, value: Tensor, heads: Int, keyMask: [Bool]?, dropout: DropoutMask? = nil
  ) {
    precondition(
      query.rank == 3 && key.rank == 3 && key.shape == value.shape && query.shape[0] == key.shape[0]
        && query.shape[2] == key.shape[2] && heads > 0 && query.shape[2] % heads == 0 && query.shape[2] > 0
        && (key.shape[1] > 0 || query.shape[1] == 0),
      "attention: query \(query.shape), key \(key.shape), value \(value.shape), \(heads) heads")
    let extents = Extents(
      batch: query.shape[0], queries: query.shape[1], length: key.shape[1], heads: heads,
      width: query.shape[2] / heads)
    if let keyMask {
      precondition(
        keyMask.count == extents.batch * extents.length,
        "attention: key mask of \(keyMask.count) positions, key \(key.shape)")
      for sequence in 0..<extents.batch where extents.length > 0 {
        precondition(
          keyMask[sequence * extents.length..<(sequence + 1) * extents.length].contains(true),
          "attention: sequence \(sequence) of key \(key.shape) has no key that counts")
      }
    }
    self.extents = extents
    self.operands = (query.plain(), key.plain(), value.plain())
    self.dropout = dropout
    shares = Tensor(uninitialized: [extents.batch, heads, extents.queries, extents.length])
    output = Tensor(uninitialized: query.shape)
    forward(keyMask)
  }

  private func forward(_ keyMask: [Bool]?) {
    let extents = extents
    let (queries, length) = (extents.queries, extents.length)
    // Sound without isolation: each chunk writes its own heads, and the tensors outlive the call.
    nonisolated(unsafe) let (q, k, v) = unsafe (
      operands.query.storage.floats, operands.key.storage.floats, operands.value.storage.floats
    )
    nonisolated(unsafe) let (p, o) = unsafe (shares.storage.floats, output.storage.floats)
    unsafe forEachHead { head, asking, seen, scratch in
      let share = unsafe p + head * extents.shares
      unsafe MatrixProduct.multiply(
        .init(q + asking, extents.stride), .init(k + seen, extents.stride, isTransposed: true), inner: extents.width,
        into: .init(share, length), rows: queries, columns: length)
      let sequence = head / extents.heads
      for row in 0..<queries {
        let values = unsafe share + row * length
        if let keyMask {
          for column in 0..<length where !keyMask[sequence * length + column] { unsafe values[column] = -.infinity }
        }
        unsafe Softmax.row(values, to: values, length, factor: extents.factor)
      }
      var weights = unsafe share
      if let dropout {
        unsafe dropout.apply(share, to: scratch, first: head * extents.shares, extents.shares)
        unsafe weights = scratch
      }
      unsafe MatrixProduct.multiply(
        .init(weights, length), .init(v + seen, extents.stride), inner: length, into: .init(o + asking, extents.stride),
        rows: queries, columns: extents.width)
    }
  }

  /// Gradients at query, key and value.
  ///
  /// - Shapes: `upstream` as the result, the gradients as their operands.
  package func backward(_ upstream: Tensor) -> (query: Tensor, key: Tensor, value: Tensor) {
    precondition(upstream.shape == output.shape, "attention: upstream \(upstream.shape), output \(output.shape)")
    let extents = extents
    let (queries, length) = (extents.queries, extents.length)
    let upstream = upstream.plain()
    let gradients = (
      query: Tensor(uninitialized: output.shape), key: Tensor(uninitialized: operands.key.shape),
      value: Tensor(uninitialized: operands.value.shape)
    )
    // Sound without isolation: each chunk writes its own heads, and the tensors outlive the call.
    nonisolated(unsafe) let (q, k, v) = unsafe (
      operands.query.storage.floats, operands.key.storage.floats, operands.value.storage.floats
    )
    nonisolated(unsafe) let (p, u) = unsafe (shares.storage.floats, upstream.storage.floats)
    nonisolated(unsafe) let (dq, dk, dv) = unsafe (
      gradients.query.storage.floats, gradients.key.storage.floats, gradients.value.storage.floats
    )
    unsafe forEachHead { head, asking, seen, scratch in
      let share = unsafe p + head * extents.shares
      let gradient = unsafe scratch + extents.shares
      var weights = unsafe share
      if let dropout {
        unsafe dropout.apply(share, to: scratch, first: head * extents.shares, extents.shares)
        unsafe weights = scratch
      }
      unsafe MatrixProduct.multiply(
        .init(weights, length, isTransposed: true), .init(u + asking, extents.stride), inner: queries,
        into: .init(dv + seen, extents.stride), rows: length, columns: extents.width)
      unsafe MatrixProduct.multiply(
        .init(u + asking, extents.stride), .init(v + seen, extents.stride, isTransposed: true), inner: extents.width,
        into: .init(gradient, length), rows: queries, columns: length)
      if let dropout { unsafe dropout.apply(gradient, to: gradient, first: head * extents.shares, extents.shares) }
      for row in 0..<queries {
        let values = unsafe gradient + row * length
        unsafe Softmax.rowGradient(values, share + row * length, to: values, length, factor: extents.factor)
      }
      unsafe MatrixProduct.multiply(
        .init(gradient, length), .init(k + seen, extents.stride), inner: length,
        into: .init(dq + asking, extents.stride), rows: queries, columns: extents.width)
      unsafe MatrixProduct.multiply(
        .init(gradient, length, isTransposed: true), .init(q + asking, extents.stride), inner: queries,
        into: .init(dk + seen, extents.stride), rows: length, columns: extents.width)
    }
    return gradients
  }

  /// Calls `body` for every head of every sequence, in parallel, with the positions of its first number among queries
  /// and among keys, and room for two matrices of shares.
  private func forEachHead(
    _ body: (_ head: Int, _ asking: Int, _ seen: Int, _ scratch: UnsafeMutablePointer<Float>) -> Void
  ) {
    let extents = extents
    guard extents.length > 0 else { return }
    parallel(extents.batch * extents.heads, grain: max(1, extents.heads / 4)) { heads in
      let scratch = Storage(bytes: 2 * extents.shares * MemoryLayout<Float>.stride)
      for head in heads {
        let (sequence, part) = head.quotientAndRemainder(dividingBy: extents.heads)
        let offset = part * extents.width
        unsafe body(
          head, sequence * extents.queries * extents.stride + offset,
          sequence * extents.length * extents.stride + offset, scratch.floats)
      }
      withExtendedLifetime(scratch) {}
    }
  }
}
