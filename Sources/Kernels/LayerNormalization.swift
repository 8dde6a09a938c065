/// Layer normalisation over the last axis, alone or behind a residual addition.
///
/// - Shapes: input [..., D]; `scale`, `shift` [D].
/// - Source: Ba, Kiros, Hinton 2016, arXiv 1607.06450.
package enum LayerNormalization {
  /// What the backward pass needs: the normalised tensor's input and each row's statistics.
  package struct Saved {
    fileprivate let input: Tensor
    fileprivate let mean: Storage
    fileprivate let inverseDeviation: Storage
  }

  /// The input, normalised row by row.
  ///
  /// - Precondition: at least one element a row.
  package static func forward(
    _ input: Tensor, scale: Tensor, shift: Tensor, epsilon: Float
  ) -> (output: Tensor, saved: Saved) {
    check("layer normalisation", input, scale: scale, shift: shift)
    let input = input.plain()
    return unsafe normalize(input, scale: scale, shift: shift, epsilon: epsilon) { _, _ in }
  }

  /// dropout(projected + bias) + residual, normalised: the end of a transformer's sublayer, in one pass.
  ///
  /// `projected` is overwritten with the sum where nothing else shares it.
  ///
  /// - Shapes: `projected` and `residual` [..., D]; `bias` [D].
  package static func residual(
    _ projected: consuming Tensor, bias: Tensor, residual: Tensor, dropout: DropoutMask?, scale: Tensor, shift: Tensor,
    epsilon: Float
  ) -> (output: Tensor, saved: Saved) {
    check("residual normalisation", projected, scale: scale, shift: shift)
    precondition(
      residual.shape == projected.shape && bias.shape == scale.shape,
      "residual normalisation: projected \(projected.shape), residual \(residual.shape), bias \(bias.shape)")
    projected.makeUniqueAndPlain()
    let (residual, bias) = (residual.plain(), bias.plain())
    let width = scale.count
    // Sound without isolation: each chunk writes its own rows, and the tensors outlive the call.
    nonisolated(unsafe) let (r, b) = unsafe (residual.storage.floats, bias.storage.floats)
    return unsafe normalize(projected, scale: scale, shift: shift, epsilon: epsilon) { row, values in
      for index in stride(from: 0, to: width - width % Lanes.scalarCount, by: Lanes.scalarCount) {
        var value = unsafe load(values, index) + load(b, index)
        if let dropout { value = dropout.apply(value, first: row * width + index) }
        unsafe store(value + load(r, row * width + index), values, index)
      }
      for index in (width - width % Lanes.scalarCount)..<width {
        var value = unsafe values[index] + b[index]
        if let dropout { value = dropout.apply(Lanes(repeating: value), first: row * width + index)[0] }
        unsafe values[index] = value + r[row * width + index]
      }
    }
  }

  /// Gradients at input, scale and shift.
  ///
  /// - Shapes: `upstream` and the input's gradient [..., D]; the others [D].
  package static func backward(
    _ upstream: Tensor, scale: Tensor, saved: Saved
  ) -> (input: Tensor, scale: Tensor, shift: Tensor) {
    let result = backward(upstream, scale: scale, saved: saved, dropout: nil, hasBias: false)
    return (result.residual, result.scale, result.shift)
  }

  /// Gradients at all operands of `residual`.
  ///
  /// - Shapes: `upstream`, `residual` and `projected` [..., D]; the others [D].
  package static func residualBackward(
    _ upstream: Tensor, scale: Tensor, saved: Saved, dropout: DropoutMask?
  ) -> (residual: Tensor, projected: Tensor, bias: Tensor, scale: Tensor, shift: Tensor) {
    let result = backward(upstream, scale: scale, saved: saved, dropout: dropout, hasBias: true)
    guard let bias = result.bias else { preconditionFailure("residual normalisation: bias gradient is missing") }
    return (result.residual, result.projected, bias, result.scale, result.shift)
  }

  // MARK: Passes

  /// Normalises `input` after `prepare` has had each row in hand.
  private static func normalize(
    _ input: Tensor, scale: Tensor, shift: Tensor, epsilon: Float,
    prepare: (_ row: Int, _ values: UnsafeMutablePointer<Float>) -> Void
  ) -> (output: Tensor, saved: Saved) {
    let width = scale.count
    let rows = input.count / width
    let output = Tensor(uninitialized: input.shape)
    let saved = Saved(
      input: input, mean: Storage(bytes: rows * MemoryLayout<Float>.stride),
      inverseDeviation: Storage(bytes: rows * MemoryLayout<Float>.stride))
    let (scale, shift) = (scale.plain(), shift.plain())
    // Sound without isolation: each chunk writes its own rows, and the tensors outlive the call.
    nonisolated(unsafe) let (x, y, g, b) = unsafe (
      input.storage.floats, output.storage.floats, scale.storage.floats, shift.storage.floats
    )
    nonisolated(unsafe) let (means, inverses) = unsafe (saved.mean.floats, saved.inverseDeviation.floats)
    parallel(rows, grain: max(1, Elementwise.grain / width)) { range in
      for row in range {
        let values = unsafe x + row * width
        unsafe prepare(row, values)
        let mean = unsafe Float(Self.sum(values, width) / Double(width))
        let variance = unsafe Self.squares(values, mean, width) / Double(width)
        let inverse = Float(1 / (variance + Double(epsilon)).squareRoot())
        unsafe means[row] = mean
        unsafe inverses[row] = inverse
        let target = unsafe y + row * width
        var index = 0
        while index + Lanes.scalarCount <= width {
          let value = unsafe (load(values, index) - mean) * inverse
          unsafe store(load(b, index).addingProduct(value, load(g, index)), target, index)
          index += Lanes.scalarCount
        }
        while index < width {
          unsafe target[index] = (values[index] - mean) * inverse * g[index] + b[index]
          index += 1
        }
      }
    }
    return (output, saved)
  }

  private static func backward(
    _ upstream: Tensor, scale: Tensor, saved: Saved, dropout: DropoutMask?, hasBias: Bool
  ) -> (residual: Tensor, projected: Tensor, bias: Tensor?, scale: Tensor, shift: Tensor) {
    let input = saved.input
    precondition(
      upstream.shape == input.shape, "layer normalisation: upstream \(upstream.shape), input \(input.shape)")
    let width = scale.count
    let rows = input.count / width
    let (upstream, scale) = (upstream.plain(), scale.plain())
    let gradient = Tensor(uninitialized: input.shape)
    let projected = dropout == nil ? gradient : Tensor(uninitialized: input.shape)
    let sums = ColumnSums(rows: rows, width: (hasBias ? 3 : 2) * width)
    // Sound without isolation: each chunk writes its own rows and sums, and the tensors outlive the call.
    nonisolated(unsafe) let (x, u, g) = unsafe (
      input.storage.floats, upstream.storage.floats, scale.storage.floats
    )
    nonisolated(unsafe) let (d, p) = unsafe (gradient.storage.floats, projected.storage.floats)
    nonisolated(unsafe) let (means, inverses) = unsafe (saved.mean.floats, saved.inverseDeviation.floats)
    parallel(sums.chunks, grain: 1) { chunks in
      for chunk in chunks {
        let place = unsafe sums.start(chunk)
        for row in sums.rows(of: chunk) {
          let (first, statistics) = unsafe (row * width, RowStatistics(mean: means[row], inverse: inverses[row]))
          unsafe rowGradient(
            x + first, u + first, g, statistics, to: d + first, scaleSums: place, shiftSums: place + width, width)
          guard hasBias else { continue }
          if let dropout { unsafe dropout.apply(d + first, to: p + first, first: first, width) }
          unsafe add(p + first, to: place + 2 * width, width)
        }
      }
    }
    return (
      gradient, projected, hasBias ? sums.total(2 * width..<3 * width) : nil, sums.total(0..<width),
      sums.total(width..<2 * width)
    )
  }

  private struct RowStatistics {
    let mean: Float
    let inverse: Float
  }

  /// One row of the gradient at the input; adds the row's part of the gradients at scale and shift.
  @inline(__always)
  private static func rowGradient(
    _ x: UnsafeMutablePointer<Float>, _ upstream: UnsafeMutablePointer<Float>, _ scale: UnsafeMutablePointer<Float>,
    _ statistics: RowStatistics, to target: UnsafeMutablePointer<Float>, scaleSums: UnsafeMutablePointer<Float>,
    shiftSums: UnsafeMutablePointer<Float>, _ width: Int
  ) {
    let (mean, inverse) = (statistics.mean, statistics.inverse)
    var (plain, product) = (Lanes.zero, Lanes.zero)
    var index = 0
    while index + Lanes.scalarCount <= width {
      let normalized = unsafe (load(x, index) - mean) * inverse
      let arrived = unsafe load(upstream, index)
      unsafe store(load(scaleSums, index).addingProduct(arrived, normalized), scaleSums, index)
      unsafe store(load(shiftSums, index) + arrived, shiftSums, index)
      let scaled = unsafe arrived * load(scale, index)
      plain += scaled
      product.addProduct(scaled, normalized)
      index += Lanes.scalarCount
    }
    var (rest, restProduct) = (Float(0), Float(0))
    while index < width {
      let normalized = unsafe (x[index] - mean) * inverse
      unsafe scaleSums[index] += upstream[index] * normalized
      unsafe shiftSums[index] += upstream[index]
      let scaled = unsafe upstream[index] * scale[index]
      rest += scaled
      restProduct += scaled * normalized
      index += 1
    }
    let offset = (plain.sum() + rest) / Float(width)
    let slope = (product.sum() + restProduct) / Float(width)
    index = 0
    while index + Lanes.scalarCount <= width {
      let normalized = unsafe (load(x, index) - mean) * inverse
      let scaled = unsafe load(upstream, index) * load(scale, index)
      unsafe store((scaled - offset - normalized * slope) * inverse, target, index)
      index += Lanes.scalarCount
    }
    while index < width {
      let normalized = unsafe (x[index] - mean) * inverse
      unsafe target[index] = (upstream[index] * scale[index] - offset - normalized * slope) * inverse
      index += 1
    }
  }

  @inline(__always)
  private static func add(
    _ values: UnsafeMutablePointer<Float>, to sums: UnsafeMutablePointer<Float>, _ width: Int
  ) {
    var index = 0
    while index + Lanes.scalarCount <= width {
      unsafe store(load(sums, index) + load(values, index), sums, index)
      index += Lanes.scalarCount
    }
    while index < width {
      unsafe sums[index] += values[index]
      index += 1
    }
  }

  @inline(__always)
  private static func sum(_ values: UnsafeMutablePointer<Float>, _ width: Int) -> Double {
    var lanes = Lanes.zero
    var index = 0
    while index + Lanes.scalarCount <= width {
      lanes += unsafe load(values, index)
      index += Lanes.scalarCount
    }
    var total = Double(lanes.sum())
    while index < width {
      total += unsafe Double(values[index])
      index += 1
    }
    return total
  }

  /// Sum of squared distances from `mean`.
  @inline(__always)
  private static func squares(_ values: UnsafeMutablePointer<Float>, _ mean: Float, _ width: Int) -> Double {
    var lanes = Lanes.zero
    var index = 0
    while index + Lanes.scalarCount <= width {
      let distance = unsafe load(values, index) - mean
      lanes.addProduct(distance, distance)
      index += Lanes.scalarCount
    }
    var total = Double(lanes.sum())
    while index < width {
      let distance = unsafe Double(values[index] - mean)
      total += distance * distance
      index += 1
    }
    return total
  }

  private static func check(_ operation: String, _ input: Tensor, scale: Tensor, shift: Tensor) {
    precondition(
      input.rank >= 1 && scale.shape == [input.shape[input.rank - 1]] && shift.shape == scale.shape && scale.count > 0,
      "\(operation): input \(input.shape), scale \(scale.shape), shift \(shift.shape)")
  }
}
