import Autodiff
import Glibc
import Kernels

/// One weight under PDP's soft mask: mask, product and gradient, as the conformance cases ask for them.
///
/// The unstructured pattern goes through the kernels that training uses.
///
/// - Source: Cho, Adya, Naik, 2023, arXiv 2305.11203; groups and channels as the conformance cases define them.
package struct PDPMaskedWeight {
  /// The pattern that pruned weights form.
  package enum Pattern: Equatable, Sendable {
    /// `sparsity` of all weights.
    case unstructured(sparsity: Double)
    /// Of every `size` consecutive input channels of an output channel and kernel position, `keeping` stay.
    case groups(keeping: Int, of: Int)
    /// `sparsity` of the output channels, by L2 norm.
    case channels(sparsity: Double)
  }

  /// As the weight's shape; one value an output channel for `.channels`.
  package let mask: Tensor
  /// mask * weight.
  package let output: Tensor
  /// nil where nothing is pruned, and for `.groups`, where each group has its own.
  package let threshold: Double?
  private let weight: Tensor
  private let form: Form

  private enum Form {
    case dense
    case soft(SoftMask)
    /// The mask in double precision: 2 w^2 / tau magnifies what rounding does to its complement.
    case elements(mask: [Double], temperature: Double)
    case channels(mask: [Double], temperature: Double)
  }

  /// - Precondition: `temperature` > 0; for `.groups`, 0 < keeping <= size and input channels a multiple of the size.
  package init(_ weight: Tensor, pattern: Pattern, temperature: Double) {
    self.weight = weight
    switch pattern {
    case .unstructured(let sparsity):
      let pruned = Int((sparsity * Double(weight.count)).rounded())
      guard pruned > 0 else {
        (mask, output, threshold, form) = (Tensor(repeating: 1, shape: weight.shape), weight, nil, .dense)
        return
      }
      let soft = SoftMask(
        threshold: MagnitudeBorder(of: weight, pruned: pruned).threshold, temperature: temperature)
      (mask, output) = (soft.values(of: weight), soft.product(with: weight))
      (threshold, form) = (soft.threshold, .soft(soft))
    case .groups(let keeping, let size):
      let values = Self.groupMask(weight, keeping: keeping, of: size, temperature: temperature)
      mask = Tensor(values.map { Float($0) }, shape: weight.shape)
      output = Tensor(zip(values, weight.elements).map { Float($0 * Double($1)) }, shape: weight.shape)
      (threshold, form) = (nil, .elements(mask: values, temperature: temperature))
    case .channels(let sparsity):
      let channels = weight.shape[0]
      let width = weight.count / max(channels, 1)
      let elements = weight.elements
      let norms = (0..<channels).map { channel in
        (0..<width).reduce(0.0) { $0 + Double(elements[channel * width + $1]) * Double(elements[channel * width + $1]) }
          .squareRoot()
      }
      let pruned = Int((sparsity * Double(channels)).rounded())
      let threshold = pruned > 0 ? Self.threshold(norms, pruned: pruned) : nil
      let values = norms.map { norm in threshold.map { sigmoid((norm * norm - $0 * $0) / temperature) } ?? 1 }
      mask = Tensor(values.map { Float($0) }, shape: [channels])
      output = Tensor(
        elements.indices.map { Float(values[$0 / width] * Double(elements[$0])) }, shape: weight.shape)
      self.threshold = threshold
      form = pruned > 0 ? .channels(mask: values, temperature: temperature) : .dense
    }
  }

  /// The gradient with respect to the weight from `upstream`, the gradient with respect to `output`.
  ///
  /// - Shapes: `upstream` and result as the weight.
  package func gradient(upstream: Tensor) -> Tensor {
    let (w, g) = (weight.elements, upstream.elements)
    switch form {
    case .dense:
      return upstream
    case .soft(let soft):
      var gradient = upstream
      soft.pullBack(&gradient, at: weight)
      return gradient
    case .elements(let masks, let temperature):
      let slopes = w.indices.map { index -> Float in
        let (value, mask) = (Double(w[index]), masks[index])
        return Float(Double(g[index]) * mask * (1 + 2 * value * value / temperature * (1 - mask)))
      }
      return Tensor(slopes, shape: weight.shape)
    case .channels(let masks, let temperature):
      let width = weight.count / weight.shape[0]
      let result = w.indices.map { index -> Float in
        let channel = index / width
        let mask = masks[channel]
        // Through the norm, every weight of a channel moves the mask of all of them.
        let pull = (channel * width..<(channel + 1) * width).reduce(0.0) { $0 + Double(g[$1]) * Double(w[$1]) }
        return Float(mask * Double(g[index]) + 2 * Double(w[index]) * mask * (1 - mask) / temperature * pull)
      }
      return Tensor(result, shape: weight.shape)
    }
  }

  private static func groupMask(_ weight: Tensor, keeping: Int, of size: Int, temperature: Double) -> [Double] {
    let extents = weight.shape.extents
    precondition(
      extents.count >= 2 && size > 0 && keeping > 0 && keeping <= size && extents[1] % size == 0,
      "groups of \(keeping) of \(size) in a weight of shape \(weight.shape)")
    let elements = weight.elements
    let positions = extents.dropFirst(2).reduce(1, *)
    var mask = [Double](repeating: 1, count: elements.count)
    guard keeping < size else { return mask }
    for first in stride(from: 0, to: elements.count, by: size * positions) {
      for position in 0..<positions {
        let group = (0..<size).map { first + $0 * positions + position }
        let magnitudes = group.map { abs(Double(elements[$0])) }
        let threshold = threshold(magnitudes, pruned: size - keeping)
        for (index, magnitude) in zip(group, magnitudes) {
          mask[index] = sigmoid((magnitude * magnitude - threshold * threshold) / temperature)
        }
      }
    }
    return mask
  }

  /// Half-way between the largest magnitude pruned and the smallest kept.
  private static func threshold(_ magnitudes: [Double], pruned: Int) -> Double {
    precondition(pruned < magnitudes.count, "PDP threshold: \(pruned) of \(magnitudes.count) magnitudes pruned")
    let sorted = magnitudes.sorted()
    return (sorted[pruned - 1] + sorted[pruned]) / 2
  }
}

private func sigmoid(_ x: Double) -> Double { 1 / (1 + exp(-x)) }
