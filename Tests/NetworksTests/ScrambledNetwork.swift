import Autodiff
import Kernels
import Networks

extension Network {
  /// Network all of whose numbers are random, scales, shifts and running statistics too, and whose signals stay of one
  /// size from layer to layer.
  static func scrambled(_ config: ModelConfig, seed: UInt64 = 7) -> Network {
    let network = Network(config)
    let streams = Seed(seed)
    func uniform(_ name: String, _ shape: Shape, _ range: ClosedRange<Double>) -> Tensor {
      let stream = streams.stream(name)
      return Tensor(
        (0..<shape.count).map {
          Float(range.lowerBound + (range.upperBound - range.lowerBound) * stream.uniform(at: $0))
        }, shape: shape)
    }
    for (path, parameter) in network.parameters {
      let shape = parameter.shape
      switch parameter.role {
      case .weight:
        let bound = (6 / Double(shape.extents.dropFirst().reduce(1, *))).squareRoot()
        parameter.value = uniform(path, shape, -bound...bound)
      case .normalization where path.hasSuffix(".weight"): parameter.value = uniform(path, shape, 0.3...1.2)
      case .normalization, .bias, .embedding: parameter.value = uniform(path, shape, -0.4...0.4)
      }
    }
    for (path, statistics) in network.statistics {
      statistics.mean = uniform("\(path) mean", statistics.mean.shape, -0.4...0.4)
      statistics.variance = uniform("\(path) variance", statistics.variance.shape, 0.6...1.6)
    }
    return network
  }

  /// Class scores of `images` in evaluation.
  func scores(_ images: Tensor) -> Tensor { self(Variable(images), Pass(.evaluation)).value }

  /// The groups whose channels may be left out.
  var prunableGroups: [ChannelGroup] { channelGroups().filter(\.isPrunable) }

  /// A copy in which all but the given channels are zero, by the names of their groups.
  func masked(keeping kept: [String: [Int]]) -> Network {
    let copy = clone()
    for group in copy.channelGroups() {
      guard let kept = kept[group.name] else { continue }
      group.zero((0..<group.count).filter { !kept.contains($0) })
    }
    return copy
  }
}

/// Images of noise.
func noise(_ shape: Shape, seed: UInt64 = 11) -> Tensor {
  let stream = Seed(seed).stream("images")
  return Tensor((0..<shape.count).map { Float(stream.normal(at: $0)) }, shape: shape)
}

/// Largest difference of two tensors of one shape, against the largest element of `expected`.
func relativeDifference(_ got: Tensor, _ expected: Tensor) -> Float {
  guard got.shape == expected.shape else { return .infinity }
  let scale = expected.elements.reduce(0) { max($0, abs($1)) }
  let largest = zip(got.elements, expected.elements).reduce(0) { max($0, abs($1.0 - $1.1)) }
  return largest == 0 ? 0 : largest / scale
}
