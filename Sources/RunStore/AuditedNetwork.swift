import Foundation
import Networks
import Training

/// A run's network with weights from a file.
struct AuditedNetwork {
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
}
