/// Mask `scale * sigmoid(sharpness * score)` on weights, with a score a weight.
package struct SigmoidMask: Equatable, Sendable {
  package let sharpness: Double
  package let scale: Double

  package init(sharpness: Double, scale: Double) {
    self.sharpness = sharpness
    self.scale = scale
  }

  /// mask * weight.
  ///
  /// - Shapes: `scores`, `weight` and result alike.
  package func product(_ scores: Tensor, _ weight: Tensor) -> Tensor {
    let result = Tensor(uninitialized: weight.shape)
    run(scores, weight, weight, into: result) { score, weight, _ in
      (mask(score) * weight, score)
    }
    return result
  }

  /// Turns `gradient`, at mask * weight, into that at the weight, and gives that at the scores, `penalty` on the sum of all
  /// masks included: `(gradient * weight + penalty) * scale * sharpness * sigmoid * (1 - sigmoid)`.
  ///
  /// - Shapes: all alike.
  package func pullBack(_ gradient: inout Tensor, scores: Tensor, weight: Tensor, penalty: Double) -> Tensor {
    gradient.makeUniqueAndPlain()
    let atScores = Tensor(uninitialized: weight.shape)
    let (penalty, factor) = (Float(penalty), Float(scale * sharpness))
    run(scores, weight, gradient, into: gradient, atScores) { score, weight, upstream in
      let sigmoid = VectorMath.sigmoid(Float(sharpness) * score)
      let slope = factor * sigmoid * (1 - sigmoid)
      return (upstream * (Float(scale) * sigmoid), (upstream * weight + penalty) * slope)
    }
    return atScores
  }

  /// `factor` times the slope of the mask at every score, added to `sum`.
  package func slopes(of scores: Tensor, times factor: Double, added sum: Tensor) -> Tensor {
    let result = Tensor(uninitialized: scores.shape)
    let factor = Float(factor * scale * sharpness)
    run(scores, sum, sum, into: result) { score, sum, _ in
      let sigmoid = VectorMath.sigmoid(Float(sharpness) * score)
      return (sum + factor * sigmoid * (1 - sigmoid), score)
    }
    return result
  }

  @inline(__always)
  private func mask(_ score: Lanes) -> Lanes { Float(scale) * VectorMath.sigmoid(Float(sharpness) * score) }

  /// Eight elements at a time; results may share their elements with operands.
  ///
  /// The second result is dropped where it has no place.
  @inline(__always)
  private func run(
    _ a: Tensor, _ b: Tensor, _ c: Tensor, into first: Tensor, _ second: Tensor? = nil,
    _ operation: (Lanes, Lanes, Lanes) -> (Lanes, Lanes)
  ) {
    precondition(a.shape == b.shape && b.shape == c.shape, "sigmoid mask: \(a.shape), \(b.shape), \(c.shape)")
    let (a, b, c) = (a.plain(), b.plain(), c.plain())
    // Sound without isolation: each chunk writes its own range, and the tensors outlive the call.
    nonisolated(unsafe) let (x, y, z) = unsafe (a.storage.floats, b.storage.floats, c.storage.floats)
    nonisolated(unsafe) let (r, s) = unsafe (first.storage.floats, second?.storage.floats)
    parallel(a.count, grain: Elementwise.grain) { range in
      var index = range.lowerBound
      while index < range.upperBound {
        let count = min(8, range.upperBound - index)
        let results = unsafe operation(
          Lanes(from: x + index, count), Lanes(from: y + index, count), Lanes(from: z + index, count))
        unsafe results.0.store(to: r + index, count)
        if let s = unsafe s { unsafe results.1.store(to: s + index, count) }
        index += count
      }
    }
  }
}

extension Lanes {
  /// The first `count` of eight numbers; zeros behind them.
  @inline(__always)
  init(from source: UnsafePointer<Float>, _ count: Int) {
    if count == 8 {
      self = unsafe UnsafeRawPointer(source).loadUnaligned(as: Lanes.self)
    } else {
      self = Lanes()
      for lane in 0..<count { self[lane] = unsafe source[lane] }
    }
  }

  @inline(__always)
  func store(to target: UnsafeMutablePointer<Float>, _ count: Int) {
    if count == 8 {
      unsafe UnsafeMutableRawPointer(target).storeBytes(of: self, as: Lanes.self)
    } else {
      for lane in 0..<count { unsafe target[lane] = self[lane] }
    }
  }
}
