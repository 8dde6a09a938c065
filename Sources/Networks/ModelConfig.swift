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
  /// Channels left of channel groups by their names, in place of what `width` says; nil if the network was not shrunk.
  ///
  /// Written only where there are some, so that a network's text from before there were any is still its text.
  package var channels: [String: Int]?

  package init(
    architecture: Architecture, width: Double, stem: Stem, inputChannels: Int, classes: Int,
    channels: [String: Int]? = nil
  ) {
    self.architecture = architecture
    self.width = width
    self.stem = stem
    self.inputChannels = inputChannels
    self.classes = classes
    self.channels = channels
  }
}
