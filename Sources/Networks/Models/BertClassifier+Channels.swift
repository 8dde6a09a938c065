import Autodiff
import Kernels

extension BertClassifier {
  /// Attention heads and feed-forward rows of every layer, in the layers' order.
  ///
  /// A head is `headWidth` consecutive rows of query, key and value with their biases, and the columns of the attention's
  /// output that read them. A feed-forward row is one of `intermediate.dense` with its bias, and its column of
  /// `output.dense`. The width of the tokens' vectors, which all layers share through their residual additions, is no
  /// group and stays.
  ///
  /// - Note: names are those of the first weight, so that `*attention*` and `*intermediate*` tell the two apart: norms of
  ///   heads and of rows are not comparable, and one ranking over both says little.
  /// - Source: Michel, Levy, Neubig 2019, arXiv 1905.10650, for heads.
  package func channelGroups() -> [ChannelGroup] { encoder.channelGroups(at: "bert") }

  package func exclusion(of path: String) -> String? { Self.exclusion(of: path) }

  /// Why a weight outside the encoder's layers stays whole, from its path alone.
  package static func exclusion(of path: String) -> String? {
    if path.hasPrefix("bert.encoder.") { return nil }
    if path.hasPrefix("bert.embeddings.") { return "table of embeddings, which multiplies nothing" }
    if path.hasPrefix("bert.pooler.") { return "pooler, which is no part of the encoder's layers" }
    return "classifier of the task, which is no part of the encoder"
  }

  /// A network of its own with the given heads and feed-forward rows of this one, in rising order, by the name of their
  /// group; groups without a name in `kept` keep all.
  ///
  /// Where the others are masked, the results are this network's, up to rounding.
  ///
  /// - Precondition: the groups exist and keep at least one channel.
  package func shrunk(keeping kept: [String: [Int]]) -> BertClassifier {
    let groups = channelGroups()
    let unknown = Set(kept.keys).subtracting(groups.map(\.name)).sorted()
    precondition(unknown.isEmpty, "channel groups \(unknown) are not among those of the encoder")
    func left(_ kind: ChannelGroup.Kind, of whole: Int) -> [Int]? {
      let counts = groups.filter { $0.kind == kind }.map { kept[$0.name]?.count ?? $0.count }
      return counts.allSatisfy { $0 == whole } ? nil : counts
    }
    var smaller = config
    smaller.encoder.headsLeft = left(.attentionHeads, of: config.encoder.heads)
    smaller.encoder.feedForwardLeft = left(.feedForwardRows, of: config.encoder.intermediateSize)
    // Cut to size first: whole copies would be made only to be thrown away.
    let network = BertClassifier(smaller)
    var values = state
    for group in groups {
      guard let indices = kept[group.name] else { continue }
      group.requireKeepable(indices)
      for slices in group.slices {
        values[slices.path] = values[slices.path]?.keepingSlices(slices.places(of: indices), axis: slices.axis)
      }
    }
    for (path, parameter) in network.parameters {
      guard let value = values[path], value.shape == parameter.shape else {
        preconditionFailure("shrunk parameter '\(path)': \(String(describing: values[path]?.shape))")
      }
      parameter.value = value
    }
    return network
  }
}
