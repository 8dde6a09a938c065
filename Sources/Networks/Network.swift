import Autodiff
import Kernels

/// A whole network with its parameters under their paths.
package final class Network: TrainableNetwork {
  package let config: ModelConfig
  package let parameters: [(path: String, parameter: Parameter)]
  package let statistics: [(path: String, statistics: RunningStatistics)]
  private let layers: any Layer

  /// Network with zero weights, for loading.
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
