import Autodiff
import Kernels

/// Channels of a network, collected by walking it from its images to its scores.
///
/// Channels begin at a convolution or linear map. Everything up to the next one keeps them, and an addition makes those
/// of its operands the same.
package struct ChannelGraph {
  /// Channels of one value in the network.
  package struct Channels {
    fileprivate let index: Int
  }

  /// Channels where they begin.
  private struct Source {
    let name: String
    let count: Int
    /// Channels that these are the same as; those that began first among all of them are their own.
    var parent: Int
    /// Path of the last layer that changed values of these channels, up to the first rectifier or depthwise convolution.
    var featurePath: String
    /// Whether that layer has come.
    var isSettled = false
  }

  private var sources: [Source] = []
  /// In the network's order.
  private var members: [(source: Int, member: ChannelGroup.Member)] = []

  package init() {}

  /// Channels that no layer of the network makes.
  package mutating func begin(_ name: String, count: Int) -> Channels {
    sources.append(Source(name: name, count: count, parent: sources.count, featurePath: ""))
    return Channels(index: sources.count - 1)
  }

  /// Channels that the layer at `path` makes from those that it reads.
  ///
  /// - Shapes: `weight` [made, read, ...]; `bias` [made].
  /// - Precondition: the weight fits the channels.
  package mutating func transform(
    _ channels: Channels, at path: String, weight: Parameter, bias: Parameter? = nil
  ) -> Channels {
    require(weight.shape[1] == count(channels), path, weight.shape, channels)
    let weightPath = joined(path, "weight")
    members.append((channels.index, .consumer(path: weightPath, weight)))
    let made = begin(weightPath, count: weight.shape[0])
    sources[made.index].featurePath = path
    members.append((made.index, .producer(path: weightPath, weight)))
    if let bias { members.append((made.index, .bias(path: joined(path, "bias"), bias))) }
    return made
  }

  /// The layer at `path` has a filter for each of the channels.
  ///
  /// - Shapes: `weight` [channels, 1, ...].
  package mutating func filter(_ channels: Channels, at path: String, weight: Parameter) {
    require(weight.shape[0] == count(channels) && weight.shape[1] == 1, path, weight.shape, channels)
    members.append((channels.index, .follower(path: joined(path, "weight"), weight)))
    sources[channels.index].isSettled = true
  }

  /// The layer at `normalization`'s path normalises the channels.
  package mutating func normalize(_ channels: Channels, _ normalization: ChannelGroup.Normalization) {
    require(
      normalization.scale.shape == [count(channels)], normalization.path, normalization.scale.shape, channels)
    members.append((channels.index, .normalization(normalization)))
    change(channels, at: normalization.path, isRectifier: false)
  }

  /// The layer at `path` rectifies the channels.
  package mutating func rectify(_ channels: Channels, at path: String) {
    change(channels, at: path, isRectifier: true)
  }

  /// Channels of the sum of two values.
  ///
  /// - Precondition: equal counts.
  package mutating func join(_ first: Channels, _ second: Channels, at path: String) -> Channels {
    precondition(
      count(first) == count(second), "sum at '\(path)': \(count(first)) and \(count(second)) channels do not fit")
    let roots = (root(first.index), root(second.index))
    sources[max(roots.0, roots.1)].parent = min(roots.0, roots.1)
    return first
  }

  /// What has been collected, in order of where channels begin.
  ///
  /// - Precondition: `scores` is the network's result.
  package func groups(scores: Channels) -> [ChannelGroup] {
    let outputs = root(scores.index)
    let roots = members.map { root($0.source) }
    return sources.indices.filter { sources[$0].parent == $0 }.map { group in
      let own = zip(members, roots).compactMap { entry, root in root == group ? entry.member : nil }
      let isMade = own.contains { if case .producer = $0 { true } else { false } }
      return ChannelGroup(
        name: sources[group].name, kind: .channels, count: sources[group].count, width: 1, members: own,
        reason: group == outputs
          ? "they are the network's outputs" : isMade ? "" : "they are those of the network's inputs",
        featurePath: sources[group].featurePath)
    }
  }

  private mutating func change(_ channels: Channels, at path: String, isRectifier: Bool) {
    guard !sources[channels.index].isSettled else { return }
    sources[channels.index].featurePath = path
    sources[channels.index].isSettled = isRectifier
  }

  private func count(_ channels: Channels) -> Int { sources[channels.index].count }

  private func root(_ index: Int) -> Int {
    var index = index
    while sources[index].parent != index { index = sources[index].parent }
    return index
  }

  private func require(_ fits: Bool, _ path: String, _ shape: Shape, _ channels: Channels) {
    precondition(fits, "layer '\(path)': shape \(shape) does not fit \(count(channels)) channels")
  }
}
