import Autodiff
import Kernels

/// MobileNet-v2: a stem, 17 inverted residual blocks and a 1x1 convolution, with torchvision's parameter paths.
///
/// The small stem has stride 1, and so has the stage of 24 channels: the layers see 32x32 images at extents of 32, 16,
/// 8 and 4, the usual change for CIFAR (kuangliu/pytorch-cifar:models/mobilenetv2.py).
///
/// - Source: Sandler et al. 2018, arXiv 1801.04381, table 2; channel counts rounded as torchvision does.
/// - Note: Deviation: torchvision drops 20 % of the classifier's inputs in training (dropout); here nothing is dropped.
package enum MobileNetV2 {
  /// Blocks of one kind: hidden channels an input channel, output channels at width 1, number of blocks, stride of the
  /// first; the paper's t, c, n, s.
  private typealias Stage = (expansion: Int, channels: Int, count: Int, stride: Int)

  private static func stages(_ stem: ModelConfig.Stem) -> [Stage] {
    [
      (1, 16, 1, 1), (6, 24, 2, stem == .imageNet ? 2 : 1), (6, 32, 3, 2), (6, 64, 4, 2), (6, 96, 3, 1),
      (6, 160, 3, 2), (6, 320, 1, 1),
    ]
  }

  static func layers(_ config: ModelConfig) -> Sequence {
    var inputs = channels(32, by: config.width)
    // The last convolution never gets narrower.
    let last = channels(1280, by: max(1, config.width))
    var features: [any Layer] = [
      convolution(
        config.inputChannels, inputs, kernel: 3,
        geometry: .init(stride: config.stem == .imageNet ? 2 : 1, padding: 1))
    ]
    for stage in stages(config.stem) {
      let outputs = channels(stage.channels, by: config.width)
      for number in 0..<stage.count {
        let stride = number == 0 ? stage.stride : 1
        features.append(InvertedResidual(inputs, outputs, expansion: stage.expansion, stride: stride))
        inputs = outputs
      }
    }
    features.append(convolution(inputs, last, kernel: 1, geometry: .init()))
    return Sequence([
      ("features", Sequence(features.enumerated().map { ("\($0)", $1) })), ("", GlobalAveragePool2d()),
      ("classifier.1", Linear(last, config.classes)),
    ])
  }

  /// Convolution, batch normalisation and the rectifier with its cap.
  fileprivate static func convolution(
    _ inputs: Int, _ outputs: Int, kernel: Int, geometry: ConvolutionGeometry
  ) -> Sequence {
    Sequence([
      ("0", Convolution2d(inputs, outputs, kernel: kernel, geometry: geometry)),
      ("1", BatchNorm2d(outputs, isRectified: false)), ("", ReLU6()),
    ])
  }

  /// The multiple of 8 nearest to a layer's channel count under a width multiplier, at least 8 and nine tenths of it.
  private static func channels(_ channels: Int, by width: Double) -> Int {
    let exact = Double(channels) * width
    let rounded = max(8, Int(exact + 4) / 8 * 8)
    return Double(rounded) < 0.9 * exact ? rounded + 8 : rounded
  }
}

/// A 1x1 convolution to more channels, a depthwise one, and a 1x1 convolution back without rectifier; a shortcut around
/// them where the shape stays.
private final class InvertedResidual: Layer {
  private let body: Sequence
  private let hasShortcut: Bool

  init(_ inputs: Int, _ outputs: Int, expansion: Int, stride: Int) {
    let hidden = inputs * expansion
    var layers: [any Layer] = []
    if expansion != 1 { layers.append(MobileNetV2.convolution(inputs, hidden, kernel: 1, geometry: .init())) }
    layers += [
      MobileNetV2.convolution(
        hidden, hidden, kernel: 3, geometry: .init(stride: stride, padding: 1, groups: hidden)),
      Convolution2d(hidden, outputs, kernel: 1, geometry: .init()), BatchNorm2d(outputs, isRectified: false),
    ]
    body = Sequence([("conv", Sequence(layers.enumerated().map { ("\($0)", $1) }))])
    hasShortcut = stride == 1 && inputs == outputs
  }

  func callAsFunction(_ x: Variable, _ pass: Pass) -> Variable {
    let output = body(x, pass)
    return hasShortcut ? pass.sum(x, output) : output
  }

  func members(at path: String) -> [Member] { body.members(at: path) }

  func trace(_ shape: Shape, at path: String, into costs: inout [LayerCost]) -> Shape {
    body.trace(shape, at: path, into: &costs)
  }

  package func connect(
    _ channels: ChannelGraph.Channels, at path: String, in graph: inout ChannelGraph
  ) -> ChannelGraph.Channels {
    let output = body.connect(channels, at: path, in: &graph)
    return hasShortcut ? graph.join(output, channels, at: path) : output
  }

  func freeze(_ value: FrozenGraph.Value, at path: String, in graph: inout FrozenGraph) -> FrozenGraph.Value {
    let output = body.freeze(value, at: path, in: &graph)
    if hasShortcut { graph.add(value, to: output, at: path) }
    return output
  }
}
