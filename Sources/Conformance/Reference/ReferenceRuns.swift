import Kernels

/// Runs of the plain loops for one case of a whole network.
struct ReferenceRuns {
  private let network: ReferenceNetwork
  private let attributes: ModelAttributes
  private let images: Tensor
  private let weights: HashedWeights

  /// Nil for a network that the plain loops do not know.
  init?(_ attributes: ModelAttributes, images: Tensor) {
    guard let network = ReferenceNetwork(rawValue: attributes.model) else { return nil }
    self.network = network
    self.attributes = attributes
    self.images = images
    weights = HashedWeights(salt: attributes.salt)
  }

  /// What comes out in double precision.
  func exact() -> Results {
    results { path, shape in weights.tensor(path, shape: shape).elements.map { Double($0) } }
  }

  /// What comes out in single precision: run 0 with the parameters as they are, any other with each of them moved by at
  /// most 2^-21 of itself, as far as the rounding of a sum of some hundred terms moves the sum.
  func single(run: Int) -> Results {
    let seed = Seed(UInt64(run))
    return results { path, shape in
      let elements = weights.tensor(path, shape: shape).elements
      guard run > 0 else { return elements }
      let moves = seed.stream("rounding/\(path)")
      return elements.indices.map { elements[$0] * (1 + 0x1p-21 * (2 * Float(moves.uniform(at: $0)) - 1)) }
    }
  }

  private func results<Scalar: BinaryFloatingPoint>(parameters: @escaping ReferencePass<Scalar>.Source) -> Results {
    let pass = ReferencePass(isTraining: attributes.training, parameters: parameters)
    let input = ReferenceValue(ReferenceImages<Scalar>(images), needsGradient: false)
    let scores = network.scores(input, pass, width: attributes.width ?? 1, classes: attributes.classes)
    let shape: Shape = [images.shape[0], attributes.classes]
    // A tensor of scores lies in memory like images of one pixel.
    let upstream = HashedWeights.upstream(shape: shape).reshaped(to: [shape[0], shape[1], 1, 1])
    pass.backward(from: scores, upstream: ReferenceImages(upstream).pixels)
    var results = Results(tensors: ["output": Tensor(scores.images.pixels.joined().map { Float($0) }, shape: shape)])
    for (path, gradient) in pass.gradients {
      results.tensors["grad.\(path)"] = Tensor(gradient.elements.map { Float($0) }, shape: gradient.shape)
    }
    results.scalars["parameters"] = (Double(pass.parameterCount), Double(attributes.parameters), 0)
    results.expectGradientNorms(attributes.gradientNorms)
    return results
  }
}
