import Autodiff
import Glibc
import Kernels
import Networks

/// The channels of one dependency group as a session masks them: with their filters, normalisations and depthwise
/// followers, all at once.
///
/// Magnitudes are L2 norms of filters, the mean over the group's producers: of an attention head, over its rows of query,
/// key and value. A soft mask multiplies the columns that read a head or a feed-forward row, which is multiplying what
/// it gives: query and key would change what the head looks at in place of how much it says, and a feed-forward row's
/// activation is no straight line.
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
      for (channel, norm) in squaredNorms(parameter.value).enumerated() { sums[channel] += norm.squareRoot() }
    }
    return sums.map { $0 / Double(group.producers.count) }
  }

  private func squaredNorms(_ weight: Tensor) -> [Double] {
    let width = weight.count / count
    return weight.withElements { elements in
      (0..<count).map { channel in
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
    guard group.kind == .channels else { return group.slices.filter { !$0.makesValues } }
    let normalized = group.normalizations.flatMap { [ObjectIdentifier($0.scale), ObjectIdentifier($0.shift)] }
    return normalized.isEmpty ? makers : makers.filter { normalized.contains(ObjectIdentifier($0.parameter)) }
  }

  // MARK: Training

  package func setEffective(_ mask: KeepMask) {
    let dropped = dropped(mask)
    for slices in makers {
      var value = slices.parameter.value
      slices.zero(dropped, of: &value)
      slices.parameter.effective = value
    }
  }

  package func clearEffective() { for slices in makers + gates { slices.parameter.effective = nil } }

  package func setEffective(dropping pruned: Int, by method: any SoftPruningMethod) {
    let soft = softMask(dropping: pruned, by: method)
    self.soft = soft
    for slices in gates {
      var value = slices.parameter.value
      value.scaleChannels(of: slices, by: soft.mask.map { Float($0) })
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

  package var softMask: Tensor? { soft.map { Tensor($0.mask.map { Float($0) }, shape: [count]) } }

  package func pullBackSoftMask() {
    guard let soft else { return }
    // How the loss moves with each channel's mask, through everything that the mask multiplies.
    var pull = [Double](repeating: 0, count: count)
    for slices in gates {
      guard let gradient = slices.parameter.gradient else { continue }
      for (channel, product) in gradient.channelProducts(of: slices, count, with: slices.parameter.value).enumerated() {
        pull[channel] += product
      }
    }
    for slices in gates {
      guard var gradient = slices.parameter.gradient else { continue }
      slices.parameter.gradient = nil
      gradient.scaleChannels(of: slices, by: soft.mask.map { Float($0) })
      slices.parameter.gradient = gradient
    }
    for (_, parameter) in group.producers {
      guard var gradient = parameter.gradient else { continue }
      parameter.gradient = nil
      let own = squaredNorms(parameter.value).map { $0.squareRoot() }
      // d mask / d norm, and d norm / d weight = weight / own norm / producers.
      let factors = (0..<count).map { channel -> Float in
        guard own[channel] > 0 else { return 0 }
        let slope = soft.mask[channel] * (1 - soft.mask[channel]) * 2 * soft.norms[channel] / soft.temperature
        return Float(pull[channel] * slope / own[channel] / Double(group.producers.count))
      }
      gradient.addChannels(of: parameter.value, times: factors)
      parameter.gradient = gradient
    }
  }

  package func maskGradient(_ mask: KeepMask) {
    let dropped = dropped(mask)
    for slices in makers {
      guard var gradient = slices.parameter.gradient else { continue }
      slices.parameter.gradient = nil
      slices.zero(dropped, of: &gradient)
      slices.parameter.gradient = gradient
    }
  }

  package func pullDropped(_ mask: KeepMask, _ pull: Double) {
    guard pull != 0 else { return }
    let factors = (0..<count).map { mask[$0] ? 0 : Float(pull) }
    for (_, parameter) in group.producers { parameter.gradient?.addChannels(of: parameter.value, times: factors) }
  }

  package func project(_ mask: KeepMask) { group.zero(dropped(mask)) }

  package func projectMoments(_ mask: KeepMask, _ lendMoments: LendMoments) {
    let dropped = dropped(mask)
    for slices in group.slices { lendMoments(slices.path) { slices.zero(dropped, of: &$0) } }
  }

  package func softness(dropping pruned: Int, by method: any SoftPruningMethod) -> Softness {
    let soft = softMask(dropping: pruned, by: method)
    let square = soft.threshold * soft.threshold
    return Softness(
      threshold: soft.threshold, relativeTemperature: square > 0 ? soft.temperature / square : nil)
  }
}

extension Tensor {
  /// Multiplies every channel of `slices` by its factor.
  fileprivate mutating func scaleChannels(of slices: ChannelGroup.Slices, by factors: [Float]) {
    let (outer, width) = runs(of: slices, channels: factors.count)
    withMutableElements { elements in
      for block in 0..<outer {
        for (channel, factor) in factors.enumerated() {
          let start = (block * factors.count + channel) * width
          for index in start..<start + width { elements[index] *= factor }
        }
      }
    }
  }

  /// Adds factors times the channels of `other`, which lie along the first axis.
  fileprivate mutating func addChannels(of other: Tensor, times factors: [Float]) {
    let width = count / factors.count
    withMutableElements { elements in
      other.withElements { other in
        for (channel, factor) in factors.enumerated() where factor != 0 {
          for index in channel * width..<(channel + 1) * width { elements[index] += factor * other[index] }
        }
      }
    }
  }

  /// Sums of the products of elements, channel by channel.
  fileprivate func channelProducts(of slices: ChannelGroup.Slices, _ channels: Int, with other: Tensor) -> [Double] {
    let (outer, width) = runs(of: slices, channels: channels)
    return withElements { own in
      other.withElements { other in
        var sums = [Double](repeating: 0, count: channels)
        for block in 0..<outer {
          for channel in 0..<channels {
            let start = (block * channels + channel) * width
            for index in start..<start + width { sums[channel] += Double(own[index]) * Double(other[index]) }
          }
        }
        return sums
      }
    }
  }

  /// How often the channels follow one another, and how many consecutive elements belong to one of them each time.
  private func runs(of slices: ChannelGroup.Slices, channels: Int) -> (outer: Int, width: Int) {
    let outer = shape.extents[..<slices.axis].reduce(1, *)
    return (outer, count / (outer * channels))
  }
}
