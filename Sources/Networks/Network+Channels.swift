import Autodiff
import Kernels

extension Network {
  /// Every set of channels that go or stay together, in the order in which the network makes them; the images' channels
  /// come first and the scores last, and neither are prunable.
  package func channelGroups() -> [ChannelGroup] {
    var graph = ChannelGraph()
    let images = graph.begin("images", count: config.inputChannels)
    let scores = layers.connect(images, at: "", in: &graph)
    return graph.groups(scores: scores)
  }

  /// None: what a study keeps dense is a matter of its policy.
  package func exclusion(of path: String) -> String? { nil }

  /// A network of its own with the given channels of this one, in rising order, by the name of their group; groups
  /// without a name in `kept` keep all.
  ///
  /// Where the others are masked, the results are this network's, up to rounding.
  ///
  /// - Precondition: the groups are prunable and keep at least one channel.
  package func shrunk(keeping kept: [String: [Int]]) -> Network {
    let network = clone()
    network.keep(kept)
    return network
  }

  /// What each group's first producer gives for `images` in evaluation, after its normalisation and rectifier.
  ///
  /// Where an addition comes before the rectifier, as at the end of a residual block, the map is taken after both; where
  /// there is no rectifier, as at the end of an inverted residual block, after the normalisation.
  ///
  /// - Shapes: `images` [N, C, H, W]; results, by the groups' names, [N, channels, height, width].
  /// - Precondition: the groups are prunable ones of this network.
  /// - Cost: a forward pass; all results are in memory together.
  /// - Source: Lin et al. 2020, arXiv 2002.10179, whose code looks behind the same layers
  ///   (lmbxmu/HRank:rank_generation.py).
  /// - Note: Deviation: with ResNet-50's published stem that code looks behind the maximum pooling, here before it.
  package func featureMaps(of groups: [ChannelGroup], images: Tensor) -> [String: Tensor] {
    let witness = OutputWitness(of: Set(groups.map(\.featurePath)))
    _ = self(Variable(images), Pass(.evaluation, witness: witness))
    var maps: [String: Tensor] = [:]
    for group in groups {
      guard group.isPrunable, let map = witness.outputs[group.featurePath] else {
        preconditionFailure("feature maps of '\(group.name)': not a prunable group of this network")
      }
      maps[group.name] = map
    }
    return maps
  }
}
