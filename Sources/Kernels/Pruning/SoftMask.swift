/// Soft mask of PDP: each weight's share of a two-way softmax against the layer's threshold.
///
/// Near 1 where a weight's magnitude is above the threshold, near 0 below, one half at it. With `t` the threshold and
/// `tau` the temperature, `mask = sigmoid((w^2 - t^2) / tau)`.
///
/// - Units: `threshold` in weight units, `temperature` in squared weight units.
/// - Source: Cho, Adya, Naik, "PDP: Parameter-free Differentiable Pruning is All You Need", 2023, arXiv 2305.11203.
/// - Note: masks below 2^-64 are exactly zero, so that the product with a weight is never a subnormal number.
package struct SoftMask: Equatable, Sendable {
  package let threshold: Double
  package let temperature: Double

  /// - Precondition: `threshold` >= 0 and `temperature` > 0.
  package init(threshold: Double, temperature: Double) {
    precondition(threshold >= 0, "soft mask: threshold \(threshold) is negative")
    precondition(temperature > 0, "soft mask: temperature \(temperature) is not positive")
    self.threshold = threshold
    self.temperature = temperature
  }

  /// The tensor of `mask(w) * w`, which a layer computes with.
  ///
  /// - Shapes: result as `weight`.
  /// - Cost: one pass, one exponential a weight, no allocation besides the result.
  package func product(with weight: Tensor) -> Tensor {
    let weight = weight.plain()
    let result = Tensor(uninitialized: weight.shape)
    run(MaskedWeight.self, weight, weight, into: result)
    return result
  }

  /// The tensor of `mask(w)`.
  ///
  /// - Shapes: result as `weight`.
  package func values(of weight: Tensor) -> Tensor {
    let weight = weight.plain()
    let result = Tensor(uninitialized: weight.shape)
    run(MaskAlone.self, weight, weight, into: result)
    return result
  }

  /// Turns `gradient`, with respect to `mask(w) * w`, into the gradient with respect to `w`, the threshold counting as
  /// constant: `gradient * mask * (1 + 2 w^2 / tau * (1 - mask))`.
  ///
  /// - Shapes: `gradient` as `weight`.
  /// - Cost: one pass; the mask is computed again instead of being kept from the forward pass. No allocation, unless
  ///   another tensor shares the gradient's elements.
  package func pullBack(_ gradient: inout Tensor, at weight: Tensor) {
    precondition(
      weight.shape == gradient.shape, "soft mask: weight \(weight.shape) and gradient \(gradient.shape) differ")
    gradient.makeUniqueAndPlain()
    run(MaskGradient.self, weight.plain(), gradient, into: gradient)
  }

  /// Eight weights at a time; `result` may share its elements with `other`.
  ///
  /// The last, shorter group goes through the same arithmetic, so that a weight's result does not depend on where it
  /// stands. Generic over a type, not a closure: a closure inside a parallel loop's body is called, not inlined.
  private func run<Operation: SoftMaskOperation>(
    _ operation: Operation.Type, _ weight: Tensor, _ other: Tensor, into result: Tensor
  ) {
    let lanes = SoftMaskLanes(self)
    // Sound without isolation: each chunk writes its own range, and the tensors outlive the call.
    nonisolated(unsafe) let (w, o, r) = unsafe (weight.storage.floats, other.storage.floats, result.storage.floats)
    parallel(weight.count, grain: Elementwise.grain) { range in
      var index = range.lowerBound
      while index + 8 <= range.upperBound {
        let weight = unsafe UnsafeRawPointer(w + index).loadUnaligned(as: SIMD8<Float>.self)
        let other = unsafe UnsafeRawPointer(o + index).loadUnaligned(as: SIMD8<Float>.self)
        unsafe UnsafeMutableRawPointer(r + index).storeBytes(
          of: operation.apply(lanes, weight, other), as: SIMD8<Float>.self)
        index += 8
      }
      guard index < range.upperBound else { return }
      var weight = SIMD8<Float>()
      var other = SIMD8<Float>()
      for lane in 0..<range.upperBound - index {
        weight[lane] = unsafe w[index + lane]
        other[lane] = unsafe o[index + lane]
      }
      let last = operation.apply(lanes, weight, other)
      for lane in 0..<range.upperBound - index { unsafe r[index + lane] = last[lane] }
    }
  }
}

/// What a soft mask makes of eight weights and what lies beside them.
private protocol SoftMaskOperation {
  static func apply(_ lanes: SoftMaskLanes, _ weight: SIMD8<Float>, _ other: SIMD8<Float>) -> SIMD8<Float>
}

private enum MaskAlone: SoftMaskOperation {
  @inline(__always)
  static func apply(_ lanes: SoftMaskLanes, _ weight: SIMD8<Float>, _ other: SIMD8<Float>) -> SIMD8<Float> {
    lanes.mask(weight).kept
  }
}

private enum MaskedWeight: SoftMaskOperation {
  @inline(__always)
  static func apply(_ lanes: SoftMaskLanes, _ weight: SIMD8<Float>, _ other: SIMD8<Float>) -> SIMD8<Float> {
    lanes.mask(weight).kept * weight
  }
}

private enum MaskGradient: SoftMaskOperation {
  @inline(__always)
  static func apply(_ lanes: SoftMaskLanes, _ weight: SIMD8<Float>, _ upstream: SIMD8<Float>) -> SIMD8<Float> {
    let (mask, dropped) = lanes.mask(weight)
    // From the left: where the mask is 0 or 1 the product stays 0, however small the temperature.
    let slope = mask + mask * dropped * (2 * weight) * lanes.inverseTemperature * weight
    return slope * upstream
  }
}

/// A soft mask's constants in single precision, eight lanes wide.
private struct SoftMaskLanes {
  /// The threshold as the sum of two floats: `|w| - high` is exact near the border, where the mask is decided.
  let high: SIMD8<Float>
  let low: SIMD8<Float>
  let inverseTemperature: SIMD8<Float>

  @inline(__always)
  init(_ mask: SoftMask) {
    let high = Float(mask.threshold)
    self.high = SIMD8(repeating: high)
    self.low = SIMD8(repeating: Float(mask.threshold - Double(high)))
    self.inverseTemperature = SIMD8(repeating: Float(min(1 / mask.temperature, Double(Float.greatestFiniteMagnitude))))
  }

  /// `sigmoid((|w| - t)(|w| + t) / tau)` and its complement to 1, each with full relative precision.
  @inline(__always)
  func mask(_ weight: SIMD8<Float>) -> (kept: SIMD8<Float>, dropped: SIMD8<Float>) {
    let magnitude = unsafe unsafeBitCast(
      unsafeBitCast(weight, to: SIMD8<UInt32>.self) & SIMD8(repeating: magnitudeBits), to: SIMD8<Float>.self)
    let difference = (magnitude - high) - low
    // As (difference / tau) * sum: their product alone may be too small for a float.
    let exponent = difference * inverseTemperature * (magnitude + high)
    // Past 64 ln 2 the mask counts as 0; past -57 ln 2 its complement does, and the mask is 1 to the last bit.
    // `.<` and `.>` with a replacement are one instruction each; `pointwiseMin` is a call and `.>=` a loop over lanes.
    var clamped = -exponent
    clamped = clamped.replacing(with: 45, where: clamped .> 45)
    clamped = clamped.replacing(with: -40, where: clamped .< -40)
    let ratio = exponential(clamped)
    let mask = 1 / (1 + ratio)
    let kept = SIMD8<Float>().replacing(with: mask, where: mask .> 0x1p-64)
    let dropped = SIMD8<Float>().replacing(with: ratio * mask, where: ratio .> 0x1p-57)
    return (kept, dropped)
  }
}

/// `e^x` in eight lanes for -80 < x < 80, within 2 units in the last place.
///
/// - Source: Cody and Waite's reduction by multiples of ln 2 in two parts, then the Taylor polynomial of degree 7
///   on half of that interval either side of 0.
@inline(__always)
private func exponential(_ x: SIMD8<Float>) -> SIMD8<Float> {
  // Adding 1.5 * 2^23 rounds to the nearest integer and leaves it in the low bits.
  let shifted = x * 1.442_695_04 + 12_582_912
  let power = shifted - 12_582_912
  let rest = (x - power * 0.693_359_375) + power * 2.121_944_4e-4
  var sum = SIMD8<Float>(repeating: 1 / 5040)
  sum = sum * rest + 1 / 720
  sum = sum * rest + 1 / 120
  sum = sum * rest + 1 / 24
  sum = sum * rest + 1 / 6
  sum = sum * rest + 0.5
  sum = sum * rest + 1
  sum = sum * rest + 1
  let exponentBits = unsafe unsafeBitCast(shifted, to: SIMD8<UInt32>.self) &<< 23
  let bits = unsafe unsafeBitCast(sum, to: SIMD8<UInt32>.self) &+ exponentBits
  return unsafe unsafeBitCast(bits, to: SIMD8<Float>.self)
}
