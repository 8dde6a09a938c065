extension Activation {
  /// The activation of a linear layer's product plus its bias, in one pass.
  ///
  /// `projected` is overwritten with the sum where nothing else shares it, and handed back for the backward pass.
  ///
  /// - Shapes: `projected` and results [..., D]; `bias` [D].
  package func biased(_ projected: consuming Tensor, bias: Tensor) -> (output: Tensor, input: Tensor) {
    precondition(
      projected.rank >= 1 && bias.shape == [projected.shape[projected.rank - 1]] && bias.count > 0,
      "\(self): projected \(projected.shape), bias \(bias.shape)")
    projected.makeUniqueAndPlain()
    let output = Tensor(uninitialized: projected.shape)
    switch self {
    case .gelu: Self.biased(GELU.self, projected, bias.plain(), into: output)
    case .geluTanh: Self.biased(TanhGELU.self, projected, bias.plain(), into: output)
    case .tanh: Self.biased(HyperbolicTangent.self, projected, bias.plain(), into: output)
    case .sigmoid: Self.biased(Sigmoid.self, projected, bias.plain(), into: output)
    case .silu: Self.biased(SiLU.self, projected, bias.plain(), into: output)
    }
    return (output, projected)
  }

  /// Gradients at the product and at the bias, in one pass.
  ///
  /// - Shapes: `upstream`, `input` (the biased product) and its gradient [..., D]; the bias's gradient [D].
  package func biasedGradient(_ upstream: Tensor, at input: Tensor) -> (projected: Tensor, bias: Tensor) {
    precondition(
      upstream.shape == input.shape && input.rank >= 1 && input.shape[input.rank - 1] > 0,
      "\(self) gradient: upstream \(upstream.shape), input \(input.shape)")
    let (upstream, input) = (upstream.plain(), input.plain())
    return switch self {
    case .gelu: Self.biasedGradient(GELUGradient.self, upstream, input)
    case .geluTanh: Self.biasedGradient(TanhGELUGradient.self, upstream, input)
    case .tanh: Self.biasedGradient(HyperbolicTangentGradient.self, upstream, input)
    case .sigmoid: Self.biasedGradient(SigmoidGradient.self, upstream, input)
    case .silu: Self.biasedGradient(SiLUGradient.self, upstream, input)
    }
  }

  private static func biased<Operation: LaneOperation>(
    _ operation: Operation.Type, _ projected: Tensor, _ bias: Tensor, into output: Tensor
  ) {
    let width = bias.count
    // Sound without isolation: each chunk writes its own rows, and the tensors outlive the call.
    nonisolated(unsafe) let (x, b, y) = unsafe (
      projected.storage.floats, bias.storage.floats, output.storage.floats
    )
    parallel(projected.count / width, grain: max(1, Elementwise.grain / width)) { rows in
      for row in rows {
        let (values, results) = unsafe (x + row * width, y + row * width)
        var index = 0
        while index + Lanes.scalarCount <= width {
          let value = unsafe load(values, index) + load(b, index)
          unsafe store(value, values, index)
          unsafe store(operation.apply(value, value), results, index)
          index += Lanes.scalarCount
        }
        while index < width {
          let value = unsafe values[index] + b[index]
          unsafe values[index] = value
          unsafe results[index] = operation.apply(Lanes(repeating: value), Lanes(repeating: value))[0]
          index += 1
        }
      }
    }
  }

  private static func biasedGradient<Operation: LaneOperation>(
    _ operation: Operation.Type, _ upstream: Tensor, _ input: Tensor
  ) -> (projected: Tensor, bias: Tensor) {
    let width = input.shape[input.rank - 1]
    let result = Tensor(uninitialized: input.shape)
    let sums = ColumnSums(rows: input.count / width, width: width)
    // Sound without isolation: each chunk writes its own rows and sums, and the tensors outlive the call.
    nonisolated(unsafe) let (x, g, d) = unsafe (input.storage.floats, upstream.storage.floats, result.storage.floats)
    parallel(sums.chunks, grain: 1) { chunks in
      for chunk in chunks {
        let place = unsafe sums.start(chunk)
        for row in sums.rows(of: chunk) {
          let first = row * width
          var index = 0
          while index + Lanes.scalarCount <= width {
            let value = unsafe operation.apply(load(x, first + index), load(g, first + index))
            unsafe store(value, d, first + index)
            unsafe store(load(place, index) + value, place, index)
            index += Lanes.scalarCount
          }
          while index < width {
            let value = unsafe operation.apply(
              Lanes(repeating: x[first + index]), Lanes(repeating: g[first + index]))[0]
            unsafe d[first + index] = value
            unsafe place[index] += value
            index += 1
          }
        }
      }
    }
    return (result, sums.total(0..<width))
  }
}
