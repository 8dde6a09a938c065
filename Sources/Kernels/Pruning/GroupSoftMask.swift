/// PDP's soft mask where every weight has a threshold of its own: that of its group of consecutive input channels.
///
/// `mask = sigmoid((w^2 - t^2) / tau)` with `t` from `thresholds`; one temperature for all.
///
/// - Units: thresholds in weight units, `temperature` in squared weight units.
/// - Source: as `SoftMask`.
package struct GroupSoftMask {
  /// As the weight's shape.
  package let thresholds: Tensor
  package let temperature: Double

  /// - Precondition: `temperature` > 0.
  package init(thresholds: Tensor, temperature: Double) {
    precondition(temperature > 0, "group soft mask: temperature \(temperature) is not positive")
    self.thresholds = thresholds.plain()
    self.temperature = temperature
  }

  /// `mask(w)`, with `weight`'s shape.
  package func values(of weight: Tensor) -> Tensor {
    let weight = weight.plain()
    let result = Tensor(uninitialized: weight.shape)
    run(weight, weight, into: result) { w, t, _ in masks(w, t).kept }
    return result
  }

  /// `mask(w) * w`, with `weight`'s shape.
  package func product(with weight: Tensor) -> Tensor {
    let weight = weight.plain()
    let result = Tensor(uninitialized: weight.shape)
    run(weight, weight, into: result) { w, t, _ in
      let (mask, _) = masks(w, t)
      return mask * w
    }
    return result
  }

  /// Turns `gradient`, with respect to `mask(w) * w`, into the gradient with respect to `w`, thresholds counting as
  /// constant.
  ///
  /// - Shapes: `gradient` as `weight`.
  package func pullBack(_ gradient: inout Tensor, at weight: Tensor) {
    precondition(
      weight.shape == gradient.shape, "group soft mask: weight \(weight.shape) and gradient \(gradient.shape) differ")
    gradient.makeUniqueAndPlain()
    let inverse = Lanes(repeating: Float(1 / temperature))
    run(weight.plain(), gradient, into: gradient) { w, t, upstream in
      let (mask, dropped) = masks(w, t)
      return (mask + mask * dropped * (2 * w) * inverse * w) * upstream
    }
  }

  /// The mask and its complement to 1.
  @inline(__always)
  private func masks(_ weight: Lanes, _ threshold: Lanes) -> (kept: Lanes, dropped: Lanes) {
    let inverse = Lanes(repeating: Float(min(1 / temperature, Double(Float.greatestFiniteMagnitude))))
    let magnitude = unsafe unsafeBitCast(
      unsafeBitCast(weight, to: SIMD8<UInt32>.self) & SIMD8(repeating: magnitudeBits), to: Lanes.self)
    let ratio = VectorMath.exponential(-((magnitude - threshold) * inverse * (magnitude + threshold)))
    let mask = 1 / (1 + ratio)
    return (Lanes().replacing(with: mask, where: mask .> 0x1p-64), ratio * mask)
  }

  @inline(__always)
  private func run(
    _ weight: Tensor, _ other: Tensor, into result: Tensor, _ operation: (Lanes, Lanes, Lanes) -> Lanes
  ) {
    precondition(
      weight.shape == thresholds.shape, "group soft mask: thresholds \(thresholds.shape) and weight \(weight.shape)")
    // Sound without isolation: each chunk writes its own range, and the tensors outlive the call.
    nonisolated(unsafe) let (w, t, o, r) = unsafe (
      weight.storage.floats, thresholds.storage.floats, other.storage.floats, result.storage.floats
    )
    parallel(weight.count, grain: Elementwise.grain) { range in
      var index = range.lowerBound
      while index < range.upperBound {
        let count = min(8, range.upperBound - index)
        let value = unsafe operation(
          Lanes(from: w + index, count), Lanes(from: t + index, count), Lanes(from: o + index, count))
        unsafe value.store(to: r + index, count)
        index += count
      }
    }
  }
}
