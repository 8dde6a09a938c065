import Autodiff
import Kernels
import Networks

/// Whether a layer's weights may be pruned, and why not.
package struct LayerEligibility: Equatable, Sendable {
  /// Path of the weight.
  package let path: String
  package let shape: Shape
  /// Why nothing of it is pruned; empty if something may be.
  package let reason: String
  /// Name of the group whose channels the weight makes, where channels are pruned; nil elsewhere.
  package let group: String?

  package var isPrunable: Bool { reason.isEmpty }
}

extension PruningConfig {
  /// What may be pruned of every weight of `network`, in its order, whatever the budget then says.
  ///
  /// What the network itself excludes goes before what a study's policy says.
  package func eligibility(of network: any PrunableNetwork, costs: [LayerCost]) -> [LayerEligibility] {
    let layers = costs.filter(\.hasWeight)
    let stem = layers.first { $0.operation != .linear }?.path
    let classifier = layers.last { $0.operation == .linear }?.path
    let groups = structure.kind == .channels ? network.channelGroups() : []
    let kept = Dictionary(
      layers.map { layer in
        let reason = policyReason(layer, isStem: layer.path == stem, isClassifier: layer.path == classifier)
        return (layer.path, network.exclusion(of: layer.path) ?? reason)
      },
      uniquingKeysWith: { first, _ in first }
    ).compactMapValues(\.self)
    return layers.map { layer in
      let group = groups.first { $0.producers.contains { $0.path == layer.path } }
      let reason =
        kept[layer.path]
        ?? (structure.kind == .channels ? channelReason(layer, group, kept) : structure.misfit(layer.shape))
      return LayerEligibility(path: layer.path, shape: layer.shape, reason: reason ?? "", group: group?.name)
    }
  }

  private func policyReason(_ layer: LayerCost, isStem: Bool, isClassifier: Bool) -> String? {
    guard let policy else { return nil }
    if isStem, !policy.prunesStem { return "first convolution, which the study keeps dense" }
    if layer.operation == .depthwiseConvolution, !policy.prunesDepthwise, structure.kind != .channels {
      return "depthwise convolution, which the study keeps dense"
    }
    if isClassifier, !policy.prunesClassifier { return "classifier, which the study keeps dense" }
    return nil
  }

  /// `kept` has the reasons of layers that stay dense, by path.
  private func channelReason(_ layer: LayerCost, _ group: ChannelGroup?, _ kept: [String: String]) -> String? {
    if layer.operation == .depthwiseConvolution { return "depthwise convolution: goes with the channels that it reads" }
    guard let group else { return "makes no channels of a group" }
    if let other = group.producers.first(where: { kept[$0.path] != nil }) {
      return "makes the same channels as '\(other.path)', which stays dense"
    }
    return group.reason
  }

  /// What a session acts on in `network`, in its order.
  ///
  /// A group of channels is left alone if any of its producers is.
  package func targets(in network: any PrunableNetwork, costs: [LayerCost]) -> [any PruningTarget] {
    let eligibility = eligibility(of: network, costs: costs)
    guard case .channels(let minimum, let multiple) = structure else {
      let parameters = Dictionary(
        network.parameters.map { ($0.path, $0.parameter) }, uniquingKeysWith: { first, _ in first })
      return eligibility.filter(\.isPrunable).compactMap { layer in
        parameters[layer.path].map {
          WeightTarget(PrunableWeight(path: layer.path, parameter: $0), structure)
        }
      }
    }
    let kept = Set(eligibility.filter { !$0.isPrunable }.map(\.path))
    return network.channelGroups().filter { group in
      group.isPrunable && !group.producers.contains { kept.contains($0.path) }
    }.map { ChannelTarget($0, minimum: minimum, multiple: multiple) }
  }
}
