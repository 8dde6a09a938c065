import Kernels

extension Pass {
  /// Rows of a table, by index.
  ///
  /// - Shapes: `table` [V, D]; result [indices, D] under `shape`'s leading extents, `shape` + [D].
  package func embedding(_ table: Parameter, indices: [Int], shape: Shape) -> Variable {
    precondition(shape.count == indices.count, "embedding: \(indices.count) indices under the shape \(shape)")
    let rows = table.active
    for index in indices {
      require(
        index >= 0 && index < rows.shape[0], "embedding", "index \(index) is outside the table \(rows.shape)")
    }
    let output = Embedding.forward(rows, indices: indices)
    return result(
      output.reshaped(to: Shape(shape.extents + [rows.shape[1]])), learns: true,
      derivative: { upstream in
        table.accumulate { sum in
          Embedding.addGradient(
            upstream.reshaped(to: [indices.count, table.shape[1]]), indices: indices, to: &sum)
        }
      })
  }

  /// Layer normalisation over the last axis.
  ///
  /// - Shapes: `x` and result [..., D]; `scale`, `shift` [D].
  package func layerNormalization(_ x: Variable, scale: Parameter, shift: Parameter, epsilon: Float) -> Variable {
    let factor = scale.active
    let (output, saved) = LayerNormalization.forward(
      x.value, scale: factor, shift: shift.active, epsilon: epsilon)
    return result(
      output, learns: true,
      derivative: { upstream in
        let gradient = LayerNormalization.backward(upstream, scale: factor, saved: saved)
        scale.accumulate(gradient.scale)
        shift.accumulate(gradient.shift)
        if x.needsGradient { x.accumulate(gradient.input) }
      })
  }

  /// A transformer sublayer's end: dropout(x weight^T + bias) + residual, normalised.
  ///
  /// - Shapes: `x` [..., in]; `residual` and result [..., out]; `weight` [out, in]; the other parameters [out].
  package func projectedResidual(
    _ x: Variable, weight: Parameter, bias: Parameter, residual: Variable, dropout: DropoutMask?, scale: Parameter,
    shift: Parameter, epsilon: Float
  ) -> Variable {
    let (matrix, factor) = (weight.active, scale.active)
    require(
      x.shape.rank >= 1 && x.shape[x.shape.rank - 1] == matrix.shape[1], "linear",
      "input \(x.shape), weight \(matrix.shape) do not fit")
    let (output, saved) = LayerNormalization.residual(
      MatrixProduct.linear(x.value, weight: matrix, bias: nil), bias: bias.active, residual: residual.value,
      dropout: dropout, scale: factor, shift: shift.active, epsilon: epsilon)
    return result(
      output, learns: true,
      derivative: { upstream in
        let gradient = LayerNormalization.residualBackward(upstream, scale: factor, saved: saved, dropout: dropout)
        scale.accumulate(gradient.scale)
        shift.accumulate(gradient.shift)
        bias.accumulate(gradient.bias)
        weight.accumulate(MatrixProduct.linearWeightGradient(gradient.projected, input: x.value))
        if residual.needsGradient { residual.accumulate(gradient.residual) }
        if x.needsGradient { x.accumulateLinear(gradient.projected, weight: matrix) }
      })
  }

  /// Linear map with an activation behind it.
  ///
  /// - Shapes: `x` [..., in]; `weight` [out, in]; `bias` [out]; result [..., out].
  package func activatedLinear(
    _ x: Variable, weight: Parameter, bias: Parameter, activation: Activation
  ) -> Variable {
    let matrix = weight.active
    require(
      x.shape.rank >= 1 && x.shape[x.shape.rank - 1] == matrix.shape[1], "linear",
      "input \(x.shape), weight \(matrix.shape) do not fit")
    let (output, input) = activation.biased(
      MatrixProduct.linear(x.value, weight: matrix, bias: nil), bias: bias.active)
    return result(
      output, learns: true,
      derivative: { upstream in
        let gradient = activation.biasedGradient(upstream, at: input)
        bias.accumulate(gradient.bias)
        weight.accumulate(MatrixProduct.linearWeightGradient(gradient.projected, input: x.value))
        if x.needsGradient { x.accumulateLinear(gradient.projected, weight: matrix) }
      })
  }

  /// Scaled dot-product attention of `heads` heads side by side in the last axis.
  ///
  /// - Shapes: `query` and result [B, S, heads * D]; `key`, `value` [B, T, heads * D]; `keyMask` B * T values, false for
  ///   padding.
  package func attention(
    query: Variable, key: Variable, value: Variable, heads: Int, keyMask: [Bool]?, dropout: DropoutMask? = nil
  ) -> Variable {
    let attention = Attention(
      query: query.value, key: key.value, value: value.value, heads: heads, keyMask: keyMask, dropout: dropout)
    return result(
      attention.output, learns: query.needsGradient || key.needsGradient || value.needsGradient,
      derivative: { upstream in
        let gradient = attention.backward(upstream)
        if query.needsGradient { query.accumulate(gradient.query) }
        if key.needsGradient { key.accumulate(gradient.key) }
        if value.needsGradient { value.accumulate(gradient.value) }
      })
  }

  /// The first position of every sequence.
  ///
  /// - Shapes: `x` [B, T, D], T > 0; result [B, 1, D].
  package func firstPosition(_ x: Variable) -> Variable {
    precondition(x.shape.rank == 3 && x.shape[1] > 0, "first position of a tensor of shape \(x.shape)")
    let (batch, length, width) = (x.shape[0], x.shape[1], x.shape[2])
    let rows = (0..<batch).map { $0 * length }
    let output = Embedding.forward(x.value.reshaped(to: [batch * length, width]), indices: rows)
    return result(
      output.reshaped(to: [batch, 1, width]), learns: x.needsGradient,
      derivative: { upstream in
        var sum = Tensor(repeating: 0, shape: [batch * length, width])
        Embedding.addGradient(upstream.reshaped(to: [batch, width]), indices: rows, to: &sum)
        x.accumulate(sum.reshaped(to: x.shape))
      })
  }

  /// Mean over the positions of every sequence that count.
  ///
  /// - Shapes: `x` [B, T, D]; `counted` B * T values, false for padding; result [B, D].
  /// - Precondition: at least one position of each sequence counts.
  package func meanOverPositions(_ x: Variable, counted: [Bool]) -> Variable {
    let mean = PositionMean(counted: counted, batch: x.shape[0])
    return result(
      mean(x.value), learns: x.needsGradient,
      derivative: { upstream in
        x.accumulate(mean.gradient(upstream))
      })
  }

  /// The same elements under another shape of equal count.
  package func reshaped(_ x: Variable, to shape: Shape) -> Variable {
    result(
      x.value.reshaped(to: shape), learns: x.needsGradient,
      derivative: { upstream in
        x.accumulate(upstream.reshaped(to: x.shape))
      })
  }

  /// Dropout by `mask`; nil leaves everything.
  package func dropout(_ x: Variable, _ mask: DropoutMask?) -> Variable {
    guard let mask else { return x }
    return result(mask(x.value), learns: x.needsGradient, derivative: { upstream in x.accumulate(mask(upstream)) })
  }
}
