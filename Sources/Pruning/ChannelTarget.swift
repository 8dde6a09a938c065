import Autodiff
import Glibc
import Kernels
import Networks

/// The channels of one dependency group as a session masks them: with their filters, normalisations and depthwise
/// followers, all at once.
///
/// Magnitudes are L2 norms of filters, the mean over the group's producers.
///
/// - Note: Deviation: a soft mask multiplies the scales and shifts of the normalisations behind the filters, not the
///   filters: there a normalisation would divide it away, and its running statistics would be those of masked filters.
///   Filters without a normalisation are multiplied themselves.
package final class ChannelTarget: PruningTarget {
  package let group: ChannelGroup
  private let minimum: Int
  private let multiple: Int
  private var soft: Soft?

  private struct Soft {
    let mask: [Double]
    let norms: [Double]
    let threshold: Double
    let temperature: Double
  }

  /// - Precondition: a prunable group; `minimum` and `multiple` at least 1.
  package init(_ group: ChannelGroup, minimum: Int, multiple: Int) {
    precondition(group.isPrunable, "channel target '\(group.name)': \(group.reason)")
    precondition(minimum > 0 && multiple > 0, "channel target: minimum \(minimum), multiple \(multiple)")
    self.group = group
    self.minimum = minimum
    self.multiple = multiple
  }

  package var path: String { group.name }
  package var count: Int { group.count }
  package var unitSize: Int { 1 }
  package var shape: Shape { [count] }
  package var zeroCount: Int { group.maskedIndices().count }
  package var magnitudes: Tensor { Tensor(norms.map { Float($0) }, shape: [count]) }

  package var mostPruned: Int { count - min(count, (minimum + multiple - 1) / multiple * multiple) }

  package func patternCount(at share: Double) -> Int? { nil }

  package func rounded(_ pruned: Int) -> Int {
    guard multiple > 1 else { return pruned }
    // All channels may stay, whether their number is a multiple or not.
    let lower = (count - pruned) / multiple * multiple
    let upper = min(count, lower + multiple)
    let kept = count - pruned - lower < upper - (count - pruned) ? lower : upper
    return count - max(kept, count - mostPruned)
  }

  /// L2 norms of filters, channel by channel.
  package var norms: [Double] {
    var sums = [Double](repeating: 0, count: count)
    for (_, parameter) in group.producers {
      for (channel, norm) in Self.squaredNorms(parameter.value).enumerated() { sums[channel] += norm.squareRoot() }
    }
    return sums.map { $0 / Double(group.producers.count) }
  }

  private static func squaredNorms(_ weight: Tensor) -> [Double] {
    let width = weight.count / weight.shape[0]
    return weight.withElements { elements in
      (0..<weight.shape[0]).map { channel in
        var sum = 0.0
        for index in channel * width..<(channel + 1) * width {
          sum += Double(elements[index]) * Double(elements[index])
        }
        return sum
      }
    }
  }

  package func hardMask(dropping pruned: Int) -> HardMask { HardMask(droppingSmallest: pruned, of: magnitudes) }

  package func hardMask(dropping pruned: Int, byScore scores: Tensor) -> HardMask {
    HardMask(kept: KeepMask(keeping: count - pruned, highestOf: scores), threshold: nil)
  }

  private func dropped(_ mask: KeepMask) -> [Int] { (0..<count).filter { !mask[$0] } }

  /// Everything that makes the channels' values: filters, biases, scales and shifts.
  private var makers: [ChannelGroup.Slices] { group.slices.filter(\.makesValues) }

  /// What a soft mask multiplies.
  private var gates: [ChannelGroup.Slices] {
    let normalized = group.normalizations.flatMap { [ObjectIdentifier($0.scale), ObjectIdentifier($0.shift)] }
    return normalized.isEmpty ? makers : makers.filter { normalized.contains(ObjectIdentifier($0.parameter)) }
  }

  // MARK: Training

  package func setEffective(_ mask: KeepMask) {
    let dropped = dropped(mask)
    for slices in makers {
      var value = slices.parameter.value
      value.zeroSlices(dropped, axis: 0)
      slices.parameter.effective = value
    }
  }

  package func clearEffective() { for slices in makers { slices.parameter.effective = nil } }

  package func setEffective(dropping pruned: Int, by method: any SoftPruningMethod) {
    let soft = softMask(dropping: pruned, by: method)
    self.soft = soft
    for slices in gates {
      var value = slices.parameter.value
      value.scaleSlices(by: soft.mask.map { Float($0) })
      slices.parameter.effective = value
    }
  }

  private func softMask(dropping pruned: Int, by method: any SoftPruningMethod) -> Soft {
    let norms = norms
    let sorted = norms.sorted()
    let threshold = (sorted[pruned - 1] + sorted[pruned]) / 2
    let temperature = method.temperature(threshold: threshold)
    let mask = norms.map { 1 / (1 + exp((threshold * threshold - $0 * $0) / temperature)) }
    return Soft(mask: mask, norms: norms, threshold: threshold, temperature: temperature)
  }

  package func pullBackSoftMask() {
    guard let soft else { return }
    // How the loss moves with each channel's mask, through everything that the mask multiplies.
    var pull = [Double](repeating: 0, count: count)
    for slices in gates {
      guard let gradient = slices.parameter.gradient else { continue }
      for (channel, product) in gradient.sliceProducts(with: slices.parameter.value).enumerated() {
        pull[channel] += product
      }
    }
    for slices in gates {
      guard var gradient = slices.parameter.gradient else { continue }
      slices.parameter.gradient = nil
      gradient.scaleSlices(by: soft.mask.map { Float($0) })
      slices.parameter.gradient = gradient
    }
    for (_, parameter) in group.producers {
      guard var gradient = parameter.gradient else { continue }
      parameter.gradient = nil
      let own = Self.squaredNorms(parameter.value).map { $0.squareRoot() }
      // d mask / d norm, and d norm / d weight = weight / own norm / producers.
      let factors = (0..<count).map { channel -> Float in
        guard own[channel] > 0 else { return 0 }
        let slope = soft.mask[channel] * (1 - soft.mask[channel]) * 2 * soft.norms[channel] / soft.temperature
        return Float(pull[channel] * slope / own[channel] / Double(group.producers.count))
      }
      gradient.addSlices(of: parameter.value, times: factors)
      parameter.gradient = gradient
    }
  }

  package func maskGradient(_ mask: KeepMask) {
    let dropped = dropped(mask)
    for slices in makers {
      guard var gradient = slices.parameter.gradient else { continue }
      slices.parameter.gradient = nil
      gradient.zeroSlices(dropped, axis: 0)
      slices.parameter.gradient = gradient
    }
  }

  package func pullDropped(_ mask: KeepMask, _ pull: Double) {
    guard pull != 0 else { return }
    let factors = (0..<count).map { mask[$0] ? 0 : Float(pull) }
    for (_, parameter) in group.producers { parameter.gradient?.addSlices(of: parameter.value, times: factors) }
  }

  package func project(_ mask: KeepMask) { group.zero(dropped(mask)) }

  package func projectMoments(_ mask: KeepMask, _ lendMoments: LendMoments) {
    let dropped = dropped(mask)
    for slices in group.slices { lendMoments(slices.path) { $0.zeroSlices(dropped, axis: slices.axis) } }
  }

  package func softness(dropping pruned: Int, by method: any SoftPruningMethod) -> Softness {
    let soft = softMask(dropping: pruned, by: method)
    let square = soft.threshold * soft.threshold
    return Softness(
      threshold: soft.threshold, relativeTemperature: square > 0 ? soft.temperature / square : nil)
  }
}

extension Tensor {
  /// Multiplies every slice along the first axis by its factor.
  fileprivate mutating func scaleSlices(by factors: [Float]) {
    let width = count / factors.count
    withMutableElements { elements in
      for (slice, factor) in factors.enumerated() {
        for index in slice * width..<(slice + 1) * width { elements[index] *= factor }
      }
    }
  }

  /// Adds factors times the slices of `other` along the first axis.
  fileprivate mutating func addSlices(of other: Tensor, times factors: [Float]) {
    let width = count / factors.count
    withMutableElements { elements in
      other.withElements { other in
        for (slice, factor) in factors.enumerated() where factor != 0 {
          for index in slice * width..<(slice + 1) * width { elements[index] += factor * other[index] }
        }
      }
    }
  }

  /// Sums of the products of elements, slice by slice along the first axis.
  fileprivate func sliceProducts(with other: Tensor) -> [Double] {
    let width = count / shape[0]
    return withElements { own in
      other.withElements { other in
        (0..<shape[0]).map { slice in
          var sum = 0.0
          for index in slice * width..<(slice + 1) * width { sum += Double(own[index]) * Double(other[index]) }
          return sum
        }
      }
    }
  }
}
