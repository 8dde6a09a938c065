import Datasets
import Foundation
import Kernels
import Networks
import Training

/// A trained network with what there is to know to use it.
package struct DeployedModel {
  /// The run's id, or the file's path, for messages.
  package let name: String
  /// Channels that were taken out are not in it.
  package let config: NetworkConfig
  package let network: Learned
  /// What the network reads; nil for texts, and where nobody said it.
  package let image: ImageShape?
  /// Longest text in tokens; nil for images.
  package let length: Int?
  /// Names of classes by index; empty where nobody said them.
  package let classes: [String]
  /// What pixels are normalised by; nil where nobody said it.
  package let normalization: Normalization?
  /// As the file has them.
  package let metadata: [String: String]

  package enum Learned {
    case images(Network)
    case text(BertClassifier)
  }

  /// The network in `contents`, whose metadata are completed by `like`, those of another file of the same network.
  ///
  /// - Throws: `DeploymentError`.
  package init(
    _ contents: SafetensorsFile, name: String, like: [String: String] = [:]
  ) throws(DeploymentError) {
    let metadata = contents.metadata
    func word<T: Decodable>(_ key: String, _ type: T.Type) throws(DeploymentError) -> T? {
      guard let text = metadata[key] ?? (key == "channels" ? nil : like[key]) else { return nil }
      guard let value = try? JSONDecoder().decode(type, from: Data(text.utf8)) else {
        throw .malformedMetadata(name: name, key: key)
      }
      return value
    }
    guard var config = try word("network", NetworkConfig.self) else { throw .unknownNetwork(name: name) }
    switch config {
    case .images(var model):
      guard model.fault == nil else { throw .malformedMetadata(name: name, key: "network") }
      if model.channels == nil, let channels = try word("channels", [String: Int].self) {
        model.channels = channels
        guard model.fault == nil else { throw .malformedMetadata(name: name, key: "channels") }
      }
      config = .images(model)
      let network = Network(model)
      try Self.load(contents.tensors, into: network, config, name: name)
      self.network = .images(network)
    case .text(let model):
      let numbers = contents.tensors.reduce(0) { $0 + $1.value.count }
      guard model.network.fault(ofFileWith: numbers) == nil else {
        throw .malformedMetadata(name: name, key: "network")
      }
      let network = BertClassifier(model.network)
      try Self.load(contents.tensors, into: network, config, name: name)
      self.network = .text(network)
    }
    self.name = name
    self.config = config
    self.metadata = metadata
    image = try word("image-size", [Int].self).map { size throws(DeploymentError) in
      guard size.count == 3, [1, 3].contains(size[0]), size.dropFirst().allSatisfy((1...4096).contains) else {
        throw .malformedMetadata(name: name, key: "image-size")
      }
      return ImageShape(channels: size[0], height: size[1], width: size[2])
    }
    length = try word("longest-text", Int.self)
    classes = try word("classes", [String].self) ?? []
    guard let mean = try word("mean", [Double].self), let deviation = try word("standard-deviation", [Double].self)
    else {
      normalization = nil
      return
    }
    guard mean.count == image?.channels, mean.allSatisfy(\.isFinite) else {
      throw .malformedMetadata(name: name, key: "mean")
    }
    guard deviation.count == mean.count, deviation.allSatisfy({ $0.isFinite && $0 > 0 }) else {
      throw .malformedMetadata(name: name, key: "standard-deviation")
    }
    normalization = Normalization(mean: mean, deviation: deviation, provenance: "metadata of '\(name)'")
  }

  private static func load(
    _ tensors: [String: Tensor], into network: any TrainableNetwork, _ config: NetworkConfig, name: String
  ) throws(DeploymentError) {
    do throws(WeightsError) { try network.load(tensors) } catch {
      guard case .mismatch(let missing, let unused, let misshapen) = error else {
        throw .otherNetwork(name: name, network: config.description, fault: "\(error)")
      }
      let faults =
        [("missing", missing), ("not of the network", unused)].compactMap { what, names in
          names.first.map { "\(names.count) tensors \(what), such as '\($0)'" }
        } + misshapen.prefix(1)
      throw .otherNetwork(name: name, network: config.description, fault: faults.joined(separator: "; "))
    }
  }

  /// Name of a class, or its number where names are not known.
  package func className(_ index: Int) -> String { classes.indices.contains(index) ? classes[index] : "\(index)" }

  /// [batch, C, H, W] of what the network reads.
  ///
  /// - Throws: `DeploymentError.unknownInput`, `.noPlan`.
  package func inputShape(batch: Int) throws(DeploymentError) -> Shape {
    guard case .images = network else { throw .noPlan(name: name, network: config.description, expected: "images") }
    guard let image else { throw .unknownInput(name: name) }
    return [batch, image.channels, image.height, image.width]
  }
}
