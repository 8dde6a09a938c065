/// A network as pruning sees it: what makes up its channels, and which of its weights are not to be touched at all.
package protocol PrunableNetwork: TrainableNetwork {
  /// Every set of channels that go or stay together, in the order in which the network makes them.
  func channelGroups() -> [ChannelGroup]

  /// Why nothing of the weight at `path` may be pruned, whatever a study says; nil if it may.
  func exclusion(of path: String) -> String?
}
