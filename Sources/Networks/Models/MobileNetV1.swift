import Autodiff
import Kernels

/// MobileNet-v1: a stem and 13 depthwise-separable blocks.
///
/// Parameter paths: `features.0.{0,1}` for the stem, `features.K.{0,1,3,4}` for block K, `classifier`.
///
/// - Source: Howard et al. 2017, arXiv 1704.04861, table 1.
package enum MobileNetV1 {
  /// Output channels at width 1 and stride of each depthwise-separable block.
  private static let blocks: [(channels: Int, stride: Int)] = [
    (64, 1), (128, 2), (128, 1), (256, 2), (256, 1), (512, 2),
    (512, 1), (512, 1), (512, 1), (512, 1), (512, 1), (1024, 2), (1024, 1),
  ]

  static func layers(_ config: ModelConfig) -> Sequence {
    var inputs = scaled(32, by: config.width)
    var features: [(name: String, layer: any Layer)] = [
      ("0", stem(config.inputChannels, inputs, stride: config.stem == .imageNet ? 2 : 1))
    ]
    for (index, block) in blocks.enumerated() {
      let outputs = scaled(block.channels, by: config.width)
      features.append(("\(index + 1)", separableBlock(inputs, outputs, stride: block.stride)))
      inputs = outputs
    }
    return Sequence([
      ("features", Sequence(features)), ("", GlobalAveragePool2d()), ("classifier", Linear(inputs, config.classes)),
    ])
  }

  private static func stem(_ inputs: Int, _ outputs: Int, stride: Int) -> Sequence {
    Sequence([
      ("0", Convolution2d(inputs, outputs, kernel: 3, geometry: .init(stride: stride, padding: 1))),
      ("1", BatchNorm2d(outputs, isRectified: true)),
    ])
  }

  private static func separableBlock(_ inputs: Int, _ outputs: Int, stride: Int) -> Sequence {
    let depthwise = ConvolutionGeometry(stride: stride, padding: 1, groups: inputs)
    return Sequence([
      ("0", Convolution2d(inputs, inputs, kernel: 3, geometry: depthwise)),
      ("1", BatchNorm2d(inputs, isRectified: true)),
      ("3", Convolution2d(inputs, outputs, kernel: 1, geometry: .init())),
      ("4", BatchNorm2d(outputs, isRectified: true)),
    ])
  }
}

/// A layer's channel count under a width multiplier: truncated, at least 8.
func scaled(_ channels: Int, by width: Double) -> Int {
  max(8, Int(Double(channels) * width))
}
