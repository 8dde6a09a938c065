import Autodiff
import Kernels
import Networks

/// What a case of a whole network says about it.
struct ModelAttributes: Decodable {
  let model: String
  let classes: Int
  let width: Double?
  let training: Bool
  let salt: String
  let parameters: Int
  let gradientNorms: [String: Double]

  enum CodingKeys: String, CodingKey {
    case model
    case classes
    case width
    case training
    case salt
    case parameters
    case gradientNorms = "grad_norms"
  }
}

extension Operation {
  /// A whole network whose parameters are drawn from their names.
  func model(_ given: Case) throws -> Results {
    let attributes = try given.decoded(ModelAttributes.self)
    let images = try given.tensor("input")
    guard images.rank == 4 else {
      throw ConformanceError.malformedInput(
        case: given.name, reason: "input has shape \(images.shape), expected four axes")
    }
    let architecture: ModelConfig.Architecture
    switch attributes.model {
    case "mobilenet_v1": architecture = .mobileNetV1
    case "mobilenet_v2": architecture = .mobileNetV2
    case "resnet18": architecture = .resNet18
    case "resnet34": architecture = .resNet34
    case "resnet50": architecture = .resNet50
    default: throw ConformanceError.unknownVariant(operation: given.operation, variant: attributes.model)
    }
    let network = Network(
      ModelConfig(
        architecture: architecture, width: attributes.width ?? 1, stem: .imageNet, inputChannels: images.shape[1],
        classes: attributes.classes))
    try network.load(HashedWeights(salt: attributes.salt).state(for: network.state))
    let tape = Tape()
    let output = network(Variable(images), Pass(attributes.training ? .training : .evaluation, tape: tape))
    tape.backward(from: output, upstream: HashedWeights.upstream(shape: output.shape))
    var results = Results(tensors: ["output": output.value])
    results.scalars["parameters"] = (Double(network.parameterCount), Double(attributes.parameters), 0)
    results.addGradients(of: network.parameters, norms: attributes.gradientNorms)
    return results
  }
}

extension Results {
  /// Every parameter's gradient, and the norms that the attributes give.
  mutating func addGradients(of parameters: [(path: String, parameter: Parameter)], norms: [String: Double]) {
    for (path, parameter) in parameters {
      guard let gradient = parameter.gradient else { continue }
      tensors["grad.\(path)"] = gradient
    }
    expectGradientNorms(norms)
  }

  mutating func expectGradientNorms(_ norms: [String: Double]) {
    for (path, norm) in norms { expectedNorms["grad.\(path)"] = norm }
  }
}

/// Parameters drawn from their names, so that a network of any size needs no file.
struct HashedWeights {
  let salt: String

  /// Values for every entry of a network's state.
  func state(for state: [String: Tensor]) -> [String: Tensor] {
    Dictionary(uniqueKeysWithValues: state.map { ($0.key, tensor($0.key, shape: $0.value.shape)) })
  }

  /// Values of one parameter: uniform numbers, scaled and shifted by what the name says it is.
  func tensor(_ name: String, shape: Shape) -> Tensor {
    let hash = fnv1a(salt + name)
    let fanIn = shape.extents.dropFirst().reduce(1, *)
    let (offset, factor): (Double, Double) =
      if name.hasSuffix("running_var") {
        (1, 0.5)
      } else if name.hasSuffix("running_mean") || name.hasSuffix("bias") {
        (0, 0.1)
      } else if shape.rank == 1 {
        (1, 0.1)
      } else if shape.rank == 2 && name.contains("embeddings") {
        (0, 0.05)
      } else {
        (0, (3 / Double(max(1, fanIn))).squareRoot())
      }
    let values = Self.numbers(hash, count: shape.count).map { Float(offset + factor * $0) }
    return Tensor(values, shape: shape)
  }

  /// The gradient that arrives at a network's output: the same numbers under the name `upstream`, unscaled.
  static func upstream(shape: Shape) -> Tensor {
    Tensor(numbers(fnv1a("upstream"), count: shape.count).map { Float($0) }, shape: shape)
  }

  /// Uniform numbers in -1..<1, multiples of 2^-23.
  private static func numbers(_ hash: UInt64, count: Int) -> [Double] {
    (0..<count).map { index in
      let bits = mix(hash &+ (UInt64(index) + 1) &* 0x9E37_79B9_7F4A_7C15)
      return 2 * Double(bits >> 40) * 0x1p-24 - 1
    }
  }
}
