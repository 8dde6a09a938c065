import Autodiff
import Kernels

/// Residual networks of four stages, with torchvision's parameter paths.
///
/// In a bottleneck the 3x3 convolution has the stride, as in torchvision.
///
/// - Source: He et al. 2016, arXiv 1512.03385, table 1.
package struct ResNet {
  private let block: ResidualBlock.Kind
  /// Blocks of each stage.
  private let blockCounts: [Int]

  static let resNet18 = ResNet(block: .basic, blockCounts: [2, 2, 2, 2])
  static let resNet34 = ResNet(block: .basic, blockCounts: [3, 4, 6, 3])
  static let resNet50 = ResNet(block: .bottleneck, blockCounts: [3, 4, 6, 3])

  /// Channels of the 3x3 convolutions at width 1, and stride of the first block, of each stage.
  private static let stages: [(channels: Int, stride: Int)] = [(64, 1), (128, 2), (256, 2), (512, 2)]

  func layers(_ config: ModelConfig) -> Sequence {
    var inputs = scaled(64, by: config.width)
    let isSmall = config.stem == .small
    let stem = ConvolutionGeometry(stride: isSmall ? 1 : 2, padding: isSmall ? 1 : 3)
    var layers: [(name: String, layer: any Layer)] = [
      ("conv1", Convolution2d(config.inputChannels, inputs, kernel: isSmall ? 3 : 7, geometry: stem)),
      ("bn1", BatchNorm2d(inputs, isRectified: true)),
    ]
    if !isSmall { layers.append(("", MaxPool2d(kernel: 3, stride: 2, padding: 1))) }
    for (index, (stage, count)) in zip(Self.stages, blockCounts).enumerated() {
      let channels = scaled(stage.channels, by: config.width)
      var blocks: [(name: String, layer: any Layer)] = []
      for number in 0..<count {
        blocks.append(("\(number)", ResidualBlock(block, inputs, channels, stride: number == 0 ? stage.stride : 1)))
        inputs = channels * block.expansion
      }
      layers.append(("layer\(index + 1)", Sequence(blocks)))
    }
    return Sequence(layers + [("", GlobalAveragePool2d()), ("fc", Linear(inputs, config.classes))])
  }
}

/// Convolutions and a shortcut around them, projected by a 1x1 convolution where the shape changes.
private final class ResidualBlock: Layer {
  enum Kind {
    /// Two 3x3 convolutions.
    case basic
    /// A 3x3 convolution between two of 1x1, the last of which has four times the channels.
    case bottleneck

    /// Output channels a channel of the 3x3 convolutions.
    var expansion: Int {
      switch self {
      case .basic: 1
      case .bottleneck: 4
      }
    }
  }

  private let body: Sequence
  private let shortcut: Sequence?

  init(_ kind: Kind, _ inputs: Int, _ channels: Int, stride: Int) {
    let outputs = channels * kind.expansion
    body =
      switch kind {
      case .basic: Self.basicBody(inputs, channels, stride: stride)
      case .bottleneck: Self.bottleneckBody(inputs, channels, outputs, stride: stride)
      }
    shortcut =
      stride == 1 && inputs == outputs
      ? nil
      : Sequence([
        ("downsample.0", Convolution2d(inputs, outputs, kernel: 1, geometry: .init(stride: stride))),
        ("downsample.1", BatchNorm2d(outputs, isRectified: false)),
      ])
  }

  private static func basicBody(_ inputs: Int, _ channels: Int, stride: Int) -> Sequence {
    Sequence([
      ("conv1", Convolution2d(inputs, channels, kernel: 3, geometry: .init(stride: stride, padding: 1))),
      ("bn1", BatchNorm2d(channels, isRectified: true)),
      ("conv2", Convolution2d(channels, channels, kernel: 3, geometry: .init(padding: 1))),
      ("bn2", BatchNorm2d(channels, isRectified: false)),
    ])
  }

  private static func bottleneckBody(_ inputs: Int, _ channels: Int, _ outputs: Int, stride: Int) -> Sequence {
    Sequence([
      ("conv1", Convolution2d(inputs, channels, kernel: 1, geometry: .init())),
      ("bn1", BatchNorm2d(channels, isRectified: true)),
      ("conv2", Convolution2d(channels, channels, kernel: 3, geometry: .init(stride: stride, padding: 1))),
      ("bn2", BatchNorm2d(channels, isRectified: true)),
      ("conv3", Convolution2d(channels, outputs, kernel: 1, geometry: .init())),
      ("bn3", BatchNorm2d(outputs, isRectified: false)),
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

  package func connect(
    _ channels: ChannelGraph.Channels, at path: String, in graph: inout ChannelGraph
  ) -> ChannelGraph.Channels {
    let output = body.connect(channels, at: path, in: &graph)
    let around = shortcut?.connect(channels, at: path, in: &graph) ?? channels
    let sum = graph.join(output, around, at: path)
    graph.rectify(sum, at: path)
    return sum
  }

  func freeze(_ value: FrozenGraph.Value, at path: String, in graph: inout FrozenGraph) -> FrozenGraph.Value {
    let around = shortcut?.freeze(value, at: path, in: &graph) ?? value
    let output = body.freeze(value, at: path, in: &graph)
    graph.add(around, to: output, at: path)
    graph.activate(output, .relu, at: path)
    return output
  }
}
