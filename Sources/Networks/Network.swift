import Autodiff
import Kernels

/// A whole network with its parameters under their paths.
package final class Network: PrunableNetwork {
  package private(set) var config: ModelConfig
  package let parameters: [(path: String, parameter: Parameter)]
  package let statistics: [(path: String, statistics: RunningStatistics)]
  let layers: any Layer

  /// Network with zero weights, for loading.
  ///
  /// - Precondition: `config.channels` names prunable channel groups, none with more channels than it has or with none.
  package init(_ config: ModelConfig) {
    self.config = config
    let layers =
      switch config.architecture {
      case .mobileNetV1: MobileNetV1.layers(config)
      case .mobileNetV2: MobileNetV2.layers(config)
      case .resNet18: ResNet.resNet18.layers(config)
      case .resNet34: ResNet.resNet34.layers(config)
      case .resNet50: ResNet.resNet50.layers(config)
      }
    self.layers = layers
    let members = layers.members(at: "")
    parameters = members.trainable
    statistics = members.runningStatistics
    if let channels = config.channels { keep(channels.mapValues { Array(0..<max(0, $0)) }) }
  }

  /// Network with initial weights drawn as PyTorch draws them by default: uniform within 1 / sqrt(fan-in).
  ///
  /// Each parameter has its own stream, so its values do not depend on the order of construction.
  package convenience init(_ config: ModelConfig, seed: Seed) {
    self.init(config)
    var fanIn = 1
    for (path, parameter) in parameters where parameter.role != .normalization {
      // A linear layer's bias follows its weight and takes the same bound.
      if parameter.role == .weight { fanIn = parameter.shape.extents.dropFirst().reduce(1, *) }
      let bound = 1 / Double(fanIn).squareRoot()
      let stream = seed.stream("init/\(path)")
      parameter.value.withMutableElements { elements in
        for index in elements.indices { elements[index] = Float((2 * stream.uniform(at: index) - 1) * bound) }
      }
    }
  }

  /// A network of its own with equal parameters and running statistics.
  package func clone() -> Network {
    let copy = Network(config)
    for (own, copied) in zip(parameters, copy.parameters) { copied.parameter.value = own.parameter.value }
    for (own, copied) in zip(statistics, copy.statistics) {
      copied.statistics.mean = own.statistics.mean
      copied.statistics.variance = own.statistics.variance
    }
    return copy
  }

  /// Leaves the given channels of the named groups in every tensor, and says so in the configuration.
  ///
  /// - Precondition: the groups exist and are prunable; at least one channel is left of each, in rising order.
  func keep(_ kept: [String: [Int]]) {
    let groups = channelGroups()
    let unknown = Set(kept.keys).subtracting(groups.map(\.name)).sorted()
    precondition(unknown.isEmpty, "channel groups \(unknown) are not among those of \(config.architecture.rawValue)")
    for group in groups {
      guard let indices = kept[group.name] else { continue }
      group.keep(indices)
      guard indices.count < group.count else { continue }
      config.channels = config.channels ?? [:]
      config.channels?[group.name] = indices.count
    }
  }

  /// Class scores.
  ///
  /// - Shapes: `images` [N, C, H, W]; result [N, classes].
  package func callAsFunction(_ images: Variable, _ pass: Pass) -> Variable { layers(images, pass) }

  /// Cost of every layer with parameters, for one image.
  package func costs(imageHeight: Int, imageWidth: Int) -> [LayerCost] {
    var costs: [LayerCost] = []
    _ = layers.trace([1, config.inputChannels, imageHeight, imageWidth], at: "", into: &costs)
    return costs
  }
}
