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
}
