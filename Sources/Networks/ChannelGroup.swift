import Autodiff
import Kernels

/// Channels of a network that go or stay together, with every tensor that has slices for each of them.
///
/// A channel that is zero in all of these tensors is zero wherever the network reads it, and can be left out. A whole
/// attention head is one channel, and so is a row of a feed-forward sublayer.
package final class ChannelGroup {
  /// Path of the first weight in the network that makes the channels, such as `layer1.0.conv1.weight`; `images` for the
  /// channels of the images.
  package let name: String
  package let kind: Kind
  /// Number of channels.
  package let count: Int
  /// Consecutive slices of a tensor that a channel takes: the width of an attention head, 1 elsewhere.
  package let width: Int
  /// In the network's order.
  package let members: [Member]
  /// Why the channels have to stay; empty if they need not.
  package let reason: String
  /// Path of the layer whose output is the first producer's feature map: after its normalisation and rectifier.
  let featurePath: String

  /// What the channels are.
  package enum Kind: Sendable, CaseIterable {
    /// Of images or vectors, made by convolutions and linear maps, with what normalises them.
    case channels
    /// Heads of an attention: rows of query, key and value, and what reads them.
    case attentionHeads
    /// Numbers between the two maps of a feed-forward sublayer.
    case feedForwardRows
  }

  /// A layer's tensors with slices a channel.
  package enum Member {
    /// Weight of a convolution or linear map that makes the channels: axis 0.
    case producer(path: String, Parameter)
    /// Bias of such a linear map.
    case bias(path: String, Parameter)
    /// Weight of a depthwise convolution that the channels pass through: axis 0.
    case follower(path: String, Parameter)
    case normalization(Normalization)
    /// Weight of a convolution or linear map that reads the channels: axis 1.
    case consumer(path: String, Parameter)
  }

  /// A batch normalisation of the channels.
  package struct Normalization {
    /// Path of the layer, such as `layer1.0.bn1`.
    package let path: String
    package let scale: Parameter
    package let shift: Parameter
    package let statistics: RunningStatistics
  }

  package init(
    name: String, kind: Kind = .channels, count: Int, width: Int = 1, members: [Member], reason: String,
    featurePath: String
  ) {
    self.name = name
    self.kind = kind
    self.count = count
    self.width = width
    self.members = members
    self.reason = reason
    self.featurePath = featurePath
  }

  /// Whether channels may be left out.
  package var isPrunable: Bool { reason.isEmpty }

  package var producers: [(path: String, parameter: Parameter)] {
    members.compactMap { if case .producer(let path, let weight) = $0 { (path, weight) } else { nil } }
  }

  package var followers: [(path: String, parameter: Parameter)] {
    members.compactMap { if case .follower(let path, let weight) = $0 { (path, weight) } else { nil } }
  }

  package var normalizations: [Normalization] {
    members.compactMap { if case .normalization(let normalization) = $0 { normalization } else { nil } }
  }

  package var consumers: [(path: String, parameter: Parameter)] {
    members.compactMap { if case .consumer(let path, let weight) = $0 { (path, weight) } else { nil } }
  }

  /// A parameter with `width` consecutive slices a channel.
  package struct Slices {
    package let path: String
    package let parameter: Parameter
    /// Axis of the channels.
    package let axis: Int
    package let width: Int

    /// Whether the channel's values are made here, and not only read.
    package var makesValues: Bool { axis == 0 }

    /// Places along the axis that the channels at `indices` take.
    package func places(of indices: [Int]) -> [Int] {
      width == 1 ? indices : indices.flatMap { $0 * width..<($0 + 1) * width }
    }

    /// Writes zeros to the channels at `indices` of `tensor`, which is shaped as the parameter.
    package func zero(_ indices: [Int], of tensor: inout Tensor) {
      tensor.zeroSlices(places(of: indices), axis: axis)
    }

    /// Whether each channel of `tensor`, which is shaped as the parameter, is all zeros.
    package func zeroChannels(of tensor: Tensor) -> [Bool] {
      let slices = tensor.zeroSlices(axis: axis)
      return stride(from: 0, to: slices.count, by: width).map { start in
        slices[start..<start + width].allSatisfy(\.self)
      }
    }
  }

  /// Every parameter with the axis that the channels are on, in the network's order.
  package var slices: [Slices] {
    members.flatMap { member -> [Slices] in
      switch member {
      case .producer(let path, let parameter), .bias(let path, let parameter), .follower(let path, let parameter):
        [Slices(path: path, parameter: parameter, axis: 0, width: width)]
      case .normalization(let member):
        [
          Slices(path: joined(member.path, "weight"), parameter: member.scale, axis: 0, width: width),
          Slices(path: joined(member.path, "bias"), parameter: member.shift, axis: 0, width: width),
        ]
      case .consumer(let path, let parameter): [Slices(path: path, parameter: parameter, axis: 1, width: width)]
      }
    }
  }

  /// Whether each channel's part of each producer is all zeros in `tensors`, by path; nil if a producer is missing there
  /// or has another shape.
  package func zeroFilters(in tensors: [String: Tensor]) -> [[Bool]]? {
    var areZero: [[Bool]] = []
    for slices in slices where producers.contains(where: { $0.path == slices.path }) {
      guard let tensor = tensors[slices.path], tensor.shape == slices.parameter.shape else { return nil }
      areZero.append(slices.zeroChannels(of: tensor))
    }
    return areZero
  }
}

extension ChannelGroup {
  /// Writes zeros to everything that belongs to the channels at `indices`, running statistics apart.
  ///
  /// - Precondition: the group is prunable; every index is below `count`.
  package func zero(_ indices: [Int]) {
    requirePrunable("zero")
    for slices in slices { slices.zero(indices, of: &slices.parameter.value) }
  }

  /// Channels, in order, whose producers, followers, biases, scales and shifts are all zero.
  ///
  /// What reads such a channel reads zeros, so that consumers are not asked.
  ///
  /// - Cost: one pass over the weights.
  package func maskedIndices() -> [Int] {
    var isMasked = [Bool](repeating: true, count: count)
    for slices in slices where slices.makesValues {
      for (index, isZero) in slices.zeroChannels(of: slices.parameter.value).enumerated() where !isZero {
        isMasked[index] = false
      }
    }
    return isMasked.indices.filter { isMasked[$0] }
  }

  /// Channels, in order, that are not masked.
  package func keptIndices() -> [Int] {
    let masked = Set(maskedIndices())
    return (0..<count).filter { !masked.contains($0) }
  }

  /// Leaves the channels at `indices`, and no others, in every tensor.
  ///
  /// The group still has the channels of before: it is of no use afterwards.
  ///
  /// - Precondition: the group is prunable; `indices` rise, are below `count` and at least one.
  func keep(_ indices: [Int]) {
    requireKeepable(indices)
    for slices in slices {
      slices.parameter.value = slices.parameter.value.keepingSlices(slices.places(of: indices), axis: slices.axis)
    }
    for normalization in normalizations {
      let statistics = normalization.statistics
      statistics.mean = statistics.mean.keepingSlices(indices, axis: 0)
      statistics.variance = statistics.variance.keepingSlices(indices, axis: 0)
    }
  }

  /// - Precondition: the group is prunable; `indices` rise, are below `count` and at least one.
  func requireKeepable(_ indices: [Int]) {
    requirePrunable("keep")
    precondition(
      !indices.isEmpty && zip(indices, indices.dropFirst()).allSatisfy(<) && indices[0] >= 0
        && indices[indices.count - 1] < count,
      "channels \(indices) of the \(count) of '\(name)': expected at least one, in rising order")
  }

  private func requirePrunable(_ operation: String) {
    precondition(isPrunable, "\(operation) channels of '\(name)': \(reason)")
  }
}
