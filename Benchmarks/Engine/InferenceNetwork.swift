import ArgumentParser
import Autodiff
import Inference
import Kernels
import Networks

/// The network that `inference` times, and what is pruned of it.
struct InferenceNetwork: ParsableArguments {
  @Option(help: "Architecture: \(ModelConfig.Architecture.allCases.map(\.rawValue).joined(separator: ", ")).")
  var network = ModelConfig.Architecture.mobileNetV1
  @Option(help: "Multiplier on the network's channels.")
  var width = 1.0
  @Option(help: "Height and width of the images.")
  var extent = 224
  @Option(help: "Images a run.")
  var batch = 1
  @Option(help: "Share of each convolution's and linear map's weights that is zero; depthwise ones stay dense.")
  var sparsity = 0.9
  @Option(help: "In place of --sparsity: weights kept of each run of input channels, such as 2:4.")
  var pattern: GroupPattern?
  @Option(
    help: """
      In place of --sparsity: take whole channels, the same share of every group that can be pruned, until this share of \
      the multiplications is left.
      """)
  var multiplications: Double?

  func validate() throws {
    guard width > 0, extent >= 32, batch > 0, (0...1).contains(sparsity) else {
      throw ValidationError("--width and --batch are above 0, --extent at least 32, --sparsity between 0 and 1")
    }
    guard multiplications.map({ 0.05...1 ~= $0 }) ?? true, multiplications == nil || pattern == nil else {
      throw ValidationError("--multiplications is between 0.05 and 1, and excludes --pattern")
    }
  }

  var images: Tensor {
    let (shape, chances) = (Shape([batch, 3, extent, extent]), Seed(4).stream("images"))
    return Tensor((0..<shape.count).map { Float(chances.uniform(at: $0)) - 0.5 }, shape: shape)
  }

  /// The network with random weights, the same in every run, before pruning.
  func dense() -> Network {
    let network = Network(
      ModelConfig(architecture: network, width: width, stem: .imageNet, inputChannels: 3, classes: 1000), seed: Seed(1))
    // From a variance of 1/3 over the number of inputs, which fades behind rectifiers, to He's of 2.
    for (_, parameter) in network.parameters where parameter.role == .weight {
      Self.scale(&parameter.value, by: Float(6).squareRoot())
    }
    return network
  }

  func pruned() throws -> Network {
    if let multiplications { return try narrowed(to: multiplications) }
    let network = dense()
    for (path, parameter) in network.parameters where parameter.role == .weight && parameter.shape[1] > 1 {
      if let pattern { pattern.prune(&parameter.value) } else { prune(parameter, Seed(2).stream(path)) }
      keepVariance(of: parameter)
    }
    return network
  }

  /// Scales what is left, so that scores do not fade.
  private func keepVariance(of parameter: Parameter) {
    let kept = parameter.value.elements.count { $0 != 0 }
    Self.scale(&parameter.value, by: (Float(parameter.value.count) / Float(max(1, kept))).squareRoot())
  }

  private static func scale(_ tensor: inout Tensor, by factor: Float) {
    tensor.withMutableElements { elements in
      for index in elements.indices { elements[index] *= factor }
    }
  }

  private func prune(_ parameter: Parameter, _ chances: RandomStream) {
    parameter.value.withMutableElements { elements in
      for index in elements.indices where chances.uniform(at: index) < sparsity { elements[index] = 0 }
    }
  }

  /// The widest network of whole eights of channels that does no more than a share of the multiplications.
  private func narrowed(to share: Double) throws -> Network {
    let whole = dense()
    let most = share * Double(try multiplications(of: whole))
    var best = whole
    var (low, high) = (0.0, 1.0)
    for _ in 0..<8 {
      let middle = (low + high) / 2
      let network = whole.shrunk(keeping: kept(middle, of: whole))
      if Double(try multiplications(of: network)) <= most { (low, best) = (middle, network) } else { high = middle }
    }
    return best
  }

  private func kept(_ share: Double, of network: Network) -> [String: [Int]] {
    let groups = network.channelGroups().filter(\.isPrunable)
    return Dictionary(
      groups.map { group in
        let count = min(group.count, max(8, Int(share * Double(group.count)) / 8 * 8))
        return (group.name, Array(0..<count))
      }, uniquingKeysWith: { first, _ in first })
  }

  private func multiplications(of network: Network) throws -> Int {
    let plan = try InferencePlan(network.frozenGraph(), input: [batch, 3, extent, extent], choice: .dense)
    return plan.layers.reduce(0) { $0 + $1.multiplications }
  }

  var description: String {
    let what = pattern.map { "\($0.kept):\($0.of)" } ?? "\(100 * sparsity) % sparse"
    return "\(network.rawValue) x\(width) at \(extent), batch \(batch), "
      + (multiplications.map { "channels taken until \(100 * $0) % of the multiplications are left" } ?? what)
  }
}

/// Weights kept of each run of input channels, those of the largest magnitude.
struct GroupPattern: ExpressibleByArgument {
  let kept: Int
  let of: Int

  init?(argument: String) {
    let numbers = argument.split(separator: ":").map { Int($0) ?? 0 }
    guard numbers.count == 2, numbers[0] > 0, numbers[1] >= numbers[0], numbers[1] <= 64 else { return nil }
    (kept, of) = (numbers[0], numbers[1])
  }

  /// Weights of input channels that make no whole run stay.
  ///
  /// - Shapes: `weight` [out, in, ...].
  func prune(_ weight: inout Tensor) {
    let shape = weight.shape
    let (inputs, area) = (shape[1], shape.count / max(1, shape[0] * shape[1]))
    weight.withMutableElements { elements in
      for output in 0..<shape[0] {
        for place in 0..<area {
          for group in 0..<inputs / of {
            let indices = (0..<of).map { (output * inputs + group * of + $0) * area + place }
            let magnitudes = indices.map { abs(elements[$0]) }
            let order = magnitudes.indices.sorted { (magnitudes[$1], $0) < (magnitudes[$0], $1) }
            for index in order[kept...] { elements[indices[index]] = 0 }
          }
        }
      }
    }
  }
}

extension ModelConfig.Architecture: ExpressibleByArgument {}
