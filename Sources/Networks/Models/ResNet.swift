import Autodiff
import Kernels

/// ResNet18: four stages of two basic blocks, with torchvision's parameter paths.
///
/// - Source: He et al. 2016, arXiv 1512.03385, table 1.
package enum ResNet18 {
  /// Output channels at width 1 and stride of each stage's first block.
  private static let stages: [(channels: Int, stride: Int)] = [(64, 1), (128, 2), (256, 2), (512, 2)]
  private static let blocksPerStage = 2

  static func layers(_ config: ModelConfig) -> Sequence {
    var inputs = scaled(64, by: config.width)
    let isSmall = config.stem == .small
    let stem = ConvolutionGeometry(stride: isSmall ? 1 : 2, padding: isSmall ? 1 : 3)
    var layers: [(name: String, layer: any Layer)] = [
      ("conv1", Convolution2d(config.inputChannels, inputs, kernel: isSmall ? 3 : 7, geometry: stem)),
      ("bn1", BatchNorm2d(inputs, isRectified: true)),
    ]
    if !isSmall { layers.append(("", MaxPool2d(kernel: 3, stride: 2, padding: 1))) }
    for (index, stage) in stages.enumerated() {
      let outputs = scaled(stage.channels, by: config.width)
      var blocks: [(name: String, layer: any Layer)] = []
      for block in 0..<blocksPerStage {
        blocks.append(("\(block)", BasicBlock(inputs, outputs, stride: block == 0 ? stage.stride : 1)))
        inputs = outputs
      }
      layers.append(("layer\(index + 1)", Sequence(blocks)))
    }
    return Sequence(layers + [("", GlobalAveragePool2d()), ("fc", Linear(inputs, config.classes))])
  }
}

/// Two 3x3 convolutions and a shortcut, projected by a 1x1 convolution where the shape changes.
private final class BasicBlock: Layer {
  private let body: Sequence
  private let shortcut: Sequence?

  init(_ inputs: Int, _ outputs: Int, stride: Int) {
    body = Sequence([
      ("conv1", Convolution2d(inputs, outputs, kernel: 3, geometry: .init(stride: stride, padding: 1))),
      ("bn1", BatchNorm2d(outputs, isRectified: true)),
      ("conv2", Convolution2d(outputs, outputs, kernel: 3, geometry: .init(padding: 1))),
      ("bn2", BatchNorm2d(outputs, isRectified: false)),
    ])
    shortcut =
      stride == 1 && inputs == outputs
      ? nil
      : Sequence([
        ("downsample.0", Convolution2d(inputs, outputs, kernel: 1, geometry: .init(stride: stride))),
        ("downsample.1", BatchNorm2d(outputs, isRectified: false)),
      ])
  }

  func callAsFunction(_ x: Variable, _ pass: Pass) -> Variable {
    pass.rectifiedSum(body(x, pass), shortcut.map { $0(x, pass) } ?? x)
  }

  func members(at path: String) -> [Member] {
    body.members(at: path) + (shortcut?.members(at: path) ?? [])
  }

  func trace(_ shape: Shape, at path: String, into costs: inout [LayerCost]) -> Shape {
    let output = body.trace(shape, at: path, into: &costs)
    if let shortcut { _ = shortcut.trace(shape, at: path, into: &costs) }
    return output
  }
}
