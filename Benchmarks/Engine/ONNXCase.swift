import ArgumentParser
import Autodiff
import Kernels
import Networks
import ONNX

/// Networks that ONNX's export is checked with.
enum ONNXCase: String, CaseIterable, ExpressibleByArgument {
  case mobileNetV1 = "mobilenet-v1"
  case mobileNetV2 = "mobilenet-v2"
  case resNet18 = "resnet18"
  case resNet34 = "resnet34"
  case resNet50 = "resnet50"
  /// ResNet18 of base width 16 for 32x32 images.
  case smallResNet18 = "resnet18-w16"
  case shrunkMobileNetV1 = "mobilenet-v1-channels"
  case shrunkMobileNetV2 = "mobilenet-v2-channels"
  case shrunkResNet50 = "resnet50-channels"
  case miniLM = "minilm-l6"
  case meanMiniLM = "minilm-l6-mean"
  /// Half of the heads and of the feed-forward rows.
  case shrunkMiniLM = "minilm-l6-channels"

  /// A network in its models, with inputs and the scores that the engine gives for them.
  struct Example {
    /// By the name of their file.
    var models: [(name: String, model: ONNXModel)]
    /// Under PyTorch's names.
    var weights: [String: Tensor]
    /// The scores as `logits`, and images.
    var tensors: [String: Tensor]
    /// Inputs of texts.
    var integers: [String: (values: [Int], shape: Shape)]
  }

  /// Share of the convolution and linear weights that is zero.
  private static let sparsity = 0.8

  /// - Cost: a few seconds.
  func example() -> Example {
    switch self {
    case .mobileNetV1, .shrunkMobileNetV1: images(.mobileNetV1)
    case .mobileNetV2, .shrunkMobileNetV2: images(.mobileNetV2)
    case .resNet18, .smallResNet18: images(.resNet18)
    case .resNet34: images(.resNet34)
    case .resNet50, .shrunkResNet50: images(.resNet50)
    case .miniLM, .shrunkMiniLM: text(.firstPosition)
    case .meanMiniLM: text(.mean)
    }
  }

  private var isShrunk: Bool {
    switch self {
    case .shrunkMobileNetV1, .shrunkMobileNetV2, .shrunkResNet50, .shrunkMiniLM: true
    default: false
    }
  }

  private func images(_ architecture: ModelConfig.Architecture) -> Example {
    let isSmall = self == .smallResNet18
    let extent = isSmall ? 32 : 224
    var network = Network(
      ModelConfig(
        architecture: architecture, width: isSmall ? 0.25 : 1, stem: isSmall ? .small : .imageNet, inputChannels: 3,
        classes: isSmall ? 10 : 1000), seed: Seed(1))
    prune(network.parameters)
    if isShrunk { network = network.shrunk(keeping: everyOther(network.channelGroups().filter(\.isPrunable))) }
    let stream = Seed(4).stream("images")
    let shape: Shape = [2, 3, extent, extent]
    let images = Tensor((0..<shape.count).map { Float(stream.normal(at: $0)) }, shape: shape)
    // Running statistics of what the layers see, so that scores are of the size that trained networks' are.
    for _ in 0..<20 { _ = network(Variable(images), Pass(.training)) }
    let size = ONNXModel.ImageSize(height: extent, width: extent)
    return Example(
      models: [
        ("whole", ONNXModel(of: network, foldingNormalizations: false, size: nil)),
        ("folded", ONNXModel(of: network, foldingNormalizations: true, size: size)),
      ],
      weights: network.state,
      tensors: ["images": images, "logits": network(Variable(images), Pass(.evaluation)).value], integers: [:])
  }

  private func text(_ pooling: BertModelConfig.Pooling) -> Example {
    var network = BertClassifier(
      BertModelConfig(encoder: LanguageWorkload.miniLM, outputs: 3, pooling: pooling), seed: Seed(1))
    prune(network.parameters.filter { $0.parameter.role == .weight })
    if isShrunk { network = network.shrunk(keeping: everyOther(network.channelGroups())) }
    // Of different lengths, the last of one token.
    let lengths = [24, 17, 9, 1]
    let (batch, length) = (lengths.count, lengths[0])
    let stream = Seed(4).stream("tokens")
    let places = (0..<batch * length).map { (sequence: $0 / length, position: $0 % length) }
    let isToken = places.map { $0.position < lengths[$0.sequence] }
    let tokens = isToken.enumerated().map { $1 ? 1 + stream.integer(below: 30_521, at: $0) : 0 }
    let types = places.map { $0.position > 5 && $0.position < lengths[$0.sequence] ? 1 : 0 }
    let logits = network(
      TokenBatch(batch: batch, length: length, tokens: tokens, types: types, isToken: isToken), Pass(.evaluation))
    let shape: Shape = [batch, length]
    return Example(
      models: [("whole", ONNXModel(of: network))], weights: network.state, tensors: ["logits": logits.value],
      integers: [
        "input_ids": (tokens, shape), "attention_mask": (isToken.map { $0 ? 1 : 0 }, shape),
        "token_type_ids": (types, shape),
      ])
  }

  /// Gives scales and shifts random values, and takes weights away; what is left of them is larger for it, the classifier's
  /// by so much that scores are as large as those of trained networks.
  private func prune(_ parameters: [(path: String, parameter: Parameter)]) {
    for (path, parameter) in parameters {
      let isClassifier = path.hasPrefix("fc.") || path.hasPrefix("classifier.")
      let left = Float((1 / (1 - Self.sparsity)).squareRoot()) * (isClassifier ? 10 : 1)
      let stream = Seed(2).stream(path)
      parameter.value.withMutableElements { elements in
        for index in elements.indices {
          let chance = stream.uniform(at: index)
          switch parameter.role {
          case .weight: elements[index] = chance < Self.sparsity ? 0 : left * elements[index]
          // Some scales are negative, as those of trained networks may be.
          case .normalization: elements[index] += Float(1.6 * chance - 1.2)
          case .bias, .embedding: break
          }
        }
      }
    }
  }

  private func everyOther(_ groups: [ChannelGroup]) -> [String: [Int]] {
    Dictionary(
      groups.map { ($0.name, Array(stride(from: 0, to: $0.count, by: 2))) }, uniquingKeysWith: { first, _ in first })
  }
}
