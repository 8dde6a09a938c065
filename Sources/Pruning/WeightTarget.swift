import Autodiff
import Kernels

/// The weights of one layer as a session masks them: one by one, in N:M groups, or in blocks.
package final class WeightTarget: PruningTarget {
  package let path: String
  package let parameter: Parameter
  private let form: Form
  /// What the forward pass of the current step, or of the one before, was masked with.
  private var soft: Soft?

  private enum Form {
    case elements
    case groups(GroupBorders)
    case blocks(BlockPattern)
  }

  private enum Soft {
    case layer(SoftMask, MagnitudeBorder, isAttached: Bool, isRelative: Bool)
    case groups(GroupSoftMask)
  }

  /// - Precondition: the structure fits the weight, and is not of channels.
  package init(_ weight: PrunableWeight, _ structure: Structure) {
    path = weight.path
    parameter = weight.parameter
    switch structure {
    case .unstructured: form = .elements
    case .groups(let keeping, let size):
      form = .groups(GroupBorders(keeping: keeping, of: size))
    case .blocks(let size):
      form = .blocks(BlockPattern(size: size))
    case .channels: preconditionFailure("weight target '\(weight.path)' for the structure of channels")
    }
    precondition(structure.misfit(weight.parameter.shape) == nil, "weight target '\(weight.path)': misfit")
  }

  package var count: Int { parameter.value.count }
  package var shape: Shape { parameter.shape }
  package var zeroCount: Int { parameter.value.zeroCount }

  package var unitSize: Int {
    if case .blocks(let pattern) = form { pattern.size } else { 1 }
  }

  package var mostPruned: Int {
    if case .groups(let pattern) = form { count / pattern.size * (pattern.size - pattern.keeping) } else { count }
  }

  package var magnitudes: Tensor {
    if case .blocks(let pattern) = form { pattern.sums(of: parameter.value) } else { parameter.value }
  }

  package func patternCount(at share: Double) -> Int? {
    guard case .groups(let pattern) = form else { return nil }
    return count / pattern.size * Int((Double(pattern.size - pattern.keeping) * share).rounded())
  }

  package func rounded(_ pruned: Int) -> Int {
    switch form {
    case .elements: pruned
    case .groups(let pattern): pruned / (count / pattern.size) * (count / pattern.size)
    case .blocks(let pattern): Int((Double(pruned) / Double(pattern.size)).rounded()) * pattern.size
    }
  }

  package func hardMask(dropping pruned: Int) -> HardMask {
    switch form {
    case .elements:
      return HardMask(droppingSmallest: pruned, of: parameter.value)
    case .groups(let pattern):
      return HardMask(
        kept: remaining(pattern, pruned).mask(of: parameter.value),
        threshold: nil)
    case .blocks(let pattern):
      let blocks = HardMask(droppingSmallest: pruned / pattern.size, of: magnitudes)
      return HardMask(kept: pattern.expanded(blocks.kept, over: shape), threshold: blocks.threshold)
    }
  }

  package func hardMask(dropping pruned: Int, byScore scores: Tensor) -> HardMask {
    let kept =
      switch form {
      case .elements: KeepMask(keeping: count - pruned, highestOf: scores)
      case .groups(let pattern):
        remaining(pattern, pruned).mask(of: scores, bySign: true)
      case .blocks(let pattern):
        pattern.expanded(
          KeepMask(keeping: (count - pruned) / pattern.size, highestOf: pattern.sums(of: scores, bySign: true)),
          over: shape)
      }
    return HardMask(kept: kept, threshold: nil)
  }

  /// The pattern that drops `pruned` weights of the layer: `pattern`, or one that keeps more.
  private func remaining(_ pattern: GroupBorders, _ pruned: Int) -> GroupBorders {
    GroupBorders(keeping: pattern.size - pruned / (count / pattern.size), of: pattern.size)
  }

  // MARK: Training

  package func setEffective(_ mask: KeepMask) { parameter.effective = mask.product(with: parameter.value) }

  package func clearEffective() { parameter.effective = nil }

  package func setEffective(dropping pruned: Int, by method: any SoftPruningMethod) {
    let soft = softMask(dropping: pruned, by: method)
    self.soft = soft
    parameter.effective =
      switch soft {
      case .layer(let mask, _, _, _): mask.product(with: parameter.value)
      case .groups(let mask): mask.product(with: parameter.value)
      }
  }

  private func softMask(dropping pruned: Int, by method: any SoftPruningMethod) -> Soft {
    let value = parameter.value
    if case .groups(let pattern) = form {
      let thresholds = remaining(pattern, pruned).thresholds(of: value)
      // One temperature a layer, from the groups' mean squared threshold.
      let root = (Elementwise.squaredNorm(thresholds) / Double(max(1, count))).squareRoot()
      return .groups(GroupSoftMask(thresholds: thresholds, temperature: method.temperature(threshold: root)))
    }
    precondition(unitSize == 1, "soft mask over blocks of '\(path)'")
    var last: Float?
    if case .layer(let mask, _, _, _) = soft { last = Float(mask.threshold) }
    let border = MagnitudeBorder(of: value, pruned: pruned, near: last)
    let mask = SoftMask(
      threshold: border.threshold, temperature: method.temperature(threshold: border.threshold))
    return .layer(mask, border, isAttached: method.isThresholdAttached, isRelative: method.isRelative)
  }

  package var softMask: Tensor? {
    switch soft {
    case .layer(let mask, _, _, _): mask.values(of: parameter.value)
    case .groups(let mask): mask.values(of: parameter.value)
    case nil: nil
    }
  }

  package func pullBackSoftMask() {
    guard let soft, parameter.effective != nil, var gradient = parameter.gradient else { return }
    // Taken out while it is written to, so that it is not copied.
    parameter.gradient = nil
    switch soft {
    case .groups(let mask):
      mask.pullBack(&gradient, at: parameter.value)
    case .layer(let mask, let border, let isAttached, let isRelative):
      let slope = isAttached ? mask.thresholdSlope(gradient, at: parameter.value, isRelative: isRelative) : 0
      mask.pullBack(&gradient, at: parameter.value)
      if isAttached { border.spread(slope, over: &gradient, at: parameter.value) }
    }
    parameter.gradient = gradient
  }

  package func maskGradient(_ mask: KeepMask) {
    guard var gradient = parameter.gradient else { return }
    parameter.gradient = nil
    mask.apply(to: &gradient)
    parameter.gradient = gradient
  }

  package func pullDropped(_ mask: KeepMask, _ pull: Double) {
    guard pull != 0, var gradient = parameter.gradient else { return }
    parameter.gradient = nil
    mask.addDropped(of: parameter.value, times: Float(pull), to: &gradient)
    parameter.gradient = gradient
  }

  package func project(_ mask: KeepMask) { mask.apply(to: &parameter.value) }

  package func projectMoments(_ mask: KeepMask, _ lendMoments: LendMoments) {
    lendMoments(path) { mask.apply(to: &$0) }
  }

  package func softness(dropping pruned: Int, by method: any SoftPruningMethod) -> Softness {
    switch softMask(dropping: pruned, by: method) {
    case .layer(let mask, _, _, _):
      let square = mask.threshold * mask.threshold
      return Softness(
        threshold: mask.threshold, relativeTemperature: mask.threshold > 0 ? mask.temperature / square : nil)
    case .groups(let mask):
      let square = Elementwise.squaredNorm(mask.thresholds) / Double(max(1, count))
      return Softness(
        threshold: square.squareRoot(), relativeTemperature: square > 0 ? mask.temperature / square : nil)
    }
  }
}
