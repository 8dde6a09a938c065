/// Network architecture, fully resolved.
package struct ModelConfig: Codable, Equatable, Sendable {
  package enum Architecture: String, Codable, Sendable, CaseIterable {
    case mobileNetV1 = "mobilenet-v1"
    case mobileNetV2 = "mobilenet-v2"
    case resNet18 = "resnet18"
    case resNet34 = "resnet34"
    case resNet50 = "resnet50"
  }

  /// How the first layers treat the image.
  package enum Stem: String, Codable, Sendable, CaseIterable {
    /// For 28x28 and 32x32 images: the first convolution is 3x3 with stride 1, and there is no max pooling.
    case small
    /// For 224x224 images, as published.
    case imageNet
  }

  package var architecture: Architecture
  /// Multiplier on every layer's channel count; the alpha of MobileNets, and base width / 64 for ResNets.
  package var width: Double
  package var stem: Stem
  package var inputChannels: Int
  package var classes: Int

  package init(
    architecture: Architecture, width: Double, stem: Stem, inputChannels: Int, classes: Int
  ) {
    self.architecture = architecture
    self.width = width
    self.stem = stem
    self.inputChannels = inputChannels
    self.classes = classes
  }
}
