import Kernels
import Pruning

extension Operation {
  func groupMask(_ given: Case) throws -> Results {
    let (weight, pattern) = try groups(given)
    let mask = pattern.mask(of: weight)
    return Results(tensors: [
      "mask": Tensor((0..<weight.count).map { mask[$0] ? 1 : 0 }, shape: weight.shape)
    ])
  }

  func refinedStraightThrough(_ given: Case) throws -> Results {
    struct Attributes: Decodable {
      let lambda: Double
    }
    let (weight, pattern) = try groups(given)
    let masked = RefinedStraightThrough(weight, pattern: pattern, pull: try given.decoded(Attributes.self).lambda)
    return Results(tensors: [
      "output": masked.output, "grad.weight": masked.gradient(upstream: try given.upstream(of: weight.shape)),
    ])
  }

  func softThreshold(_ given: Case) throws -> Results {
    struct Attributes: Decodable {
      let function: String

      enum CodingKeys: String, CodingKey {
        case function = "g"
      }
    }
    let function = try given.decoded(Attributes.self).function
    guard function == "sigmoid" else {
      throw ConformanceError.unknownVariant(operation: given.operation, variant: function)
    }
    let (weight, threshold) = (try given.tensor("weight"), try given.tensor("threshold"))
    try require(threshold.count == 1, given, "threshold has shape \(threshold.shape), expected one element")
    let soft = SoftThreshold(weight, parameter: Double(threshold.scalar))
    let gradient = soft.gradient(upstream: try given.upstream(of: weight.shape))
    return Results(tensors: [
      "output": soft.output, "grad.weight": gradient.weight,
      "grad.threshold": Tensor([Float(gradient.parameter)], shape: threshold.shape),
    ])
  }

  private func groups(_ given: Case) throws -> (weight: Tensor, pattern: GroupBorders) {
    struct Attributes: Decodable {
      let n: Int
      let m: Int
    }
    let attributes = try given.decoded(Attributes.self)
    let weight = try given.tensor("weight")
    guard attributes.n > 0, attributes.n <= attributes.m, attributes.m <= GroupBorders.largestSize else {
      throw ConformanceError.malformedAttributes(case: given.name, operation: given.operation)
    }
    let pattern = GroupBorders(keeping: attributes.n, of: attributes.m)
    try require(
      pattern.fits(weight.shape), given,
      "weight of shape \(weight.shape) does not divide into groups of \(attributes.m)")
    return (weight, pattern)
  }
}
