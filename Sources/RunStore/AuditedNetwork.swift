import Foundation
import Kernels
import Networks
import Training

/// A run's network with weights from a file.
struct AuditedNetwork {
  private let model: NetworkConfig
  let network: any PrunableNetwork
  /// What is read of them does not depend on the examples' size.
  let costs: [LayerCost]

  /// - Throws: `WeightsError`; `RunAuditError.otherNetwork` if the file's weights are not those of `model`.
  init(_ model: NetworkConfig, from url: URL) throws {
    self.init(model)
    let tensors = try SafetensorsFile(readingFrom: url).tensors
    do throws(WeightsError) { try network.load(tensors) } catch {
      guard case .mismatch(let missing, let unused, let misshapen) = error else { throw error }
      throw RunAuditError.otherNetwork(
        path: url.path, network: model.name, missing: missing, unused: unused, misshapen: misshapen)
    }
  }

  /// - Throws: `WeightsError` for a checkpoint of another network.
  init(_ model: NetworkConfig, _ checkpoint: StoredCheckpoint) throws {
    self.init(model)
    try network.load(checkpoint.weights)
  }

  private init(_ model: NetworkConfig) {
    self.model = model
    switch model {
    case .images(let config):
      let network = Network(config)
      self.network = network
      costs = network.costs(imageHeight: 224, imageWidth: 224)
    case .text(let config):
      let network = BertClassifier(config.network)
      self.network = network
      costs = network.costs(length: 1)
    }
  }

  /// The network without its masked channels, its configuration, and how many are left of each group that has lost some.
  ///
  /// A group of which all channels are masked keeps them: a layer of none is no layer.
  func shrunk() -> (model: NetworkConfig, state: [String: Tensor], channels: [String: Int]) {
    let groups = network.channelGroups().filter(\.isPrunable)
    let kept = groups.map { (name: $0.name, indices: $0.keptIndices(), count: $0.count) }
      .filter { !$0.indices.isEmpty && $0.indices.count < $0.count }
    let indices = Dictionary(kept.map { ($0.name, $0.indices) }, uniquingKeysWith: { first, _ in first })
    let channels = indices.mapValues(\.count)
    switch (network, model) {
    case (let network as Network, _):
      let shrunk = network.shrunk(keeping: indices)
      return (.images(shrunk.config), shrunk.state, channels)
    case (let network as BertClassifier, .text(var config)):
      let shrunk = network.shrunk(keeping: indices)
      config.network = shrunk.config
      return (.text(config), shrunk.state, channels)
    default: return (model, network.state, channels)
    }
  }
}
