import Autodiff
import Kernels
import Networks
import Pruning

extension Operation {
  /// One step of a training that prunes one weight with PDP, by the session that trains networks.
  func pdpMask(_ given: Case) throws -> Results {
    struct Attributes: Decodable {
      let granularity: String
      let temperature: Double
      let sparsity: Double?
      let kept: Int?
      let group: Int?

      enum CodingKeys: String, CodingKey {
        case granularity
        case temperature
        case sparsity
        case kept = "n"
        case group = "m"
      }
    }
    let attributes = try given.decoded(Attributes.self)
    let weight = Parameter(try given.tensor("weight"), role: .weight)
    let upstream = try given.upstream(of: weight.shape)
    let malformed = ConformanceError.malformedAttributes(case: given.name, operation: given.operation)
    guard attributes.temperature > 0 else { throw malformed }
    let (structure, sparsity): (Structure, Double)
    switch (attributes.granularity, attributes.sparsity, attributes.kept, attributes.group) {
    case ("unstructured", let share?, _, _):
      guard Self.leavesOne(of: weight.shape.count, sparsity: share) else { throw malformed }
      (structure, sparsity) = (.unstructured, share)
    case ("n:m", _, let kept?, let group?):
      guard kept > 0, kept <= group, group <= GroupBorders.largestSize else { throw malformed }
      try require(
        GroupBorders(keeping: kept, of: group).fits(weight.shape), given,
        "weight of shape \(weight.shape) does not divide into groups of \(group)")
      (structure, sparsity) = (.groups(keeping: kept, of: group), 1 - Double(kept) / Double(group))
    case ("channel", let share?, _, _):
      guard weight.shape.rank >= 1, Self.leavesOne(of: weight.shape[0], sparsity: share) else { throw malformed }
      (structure, sparsity) = (.channels(minimum: 1, multiple: 1), share)
    default:
      throw ConformanceError.unknownVariant(operation: given.operation, variant: attributes.granularity)
    }
    let target = Self.target(weight, structure)
    let method = MethodConfig.pdp(temperature: .absolute(attributes.temperature))
    let config = PruningConfig(
      method: method, structure: structure, sparsity: sparsity, budget: Budget(rule: .uniform, cap: 1),
      schedule: PruningSchedule(warmupEpochs: 0, rampEpochs: 0), eligibility: .allConvolutionAndLinearWeights)
    let session = try PruningSession(config, targets: [target], seed: Seed(0), stepsPerEpoch: 1, totalSteps: 1)
    try session.beforeForward(step: 0)
    weight.gradient = upstream
    session.afterBackward()
    var results = Results(tensors: [
      "mask": target.softMask ?? Tensor(repeating: 1, shape: target.shape),
      "output": weight.effective ?? weight.value, "grad.weight": weight.gradient ?? upstream,
    ])
    if structure.kind != .groups, session.scheduled > 0, let pdp = config.resolvedMethod as? any SoftPruningMethod {
      let threshold = target.softness(dropping: session.scheduled, by: pdp).threshold
      results.tensors["threshold"] = Tensor([Float(threshold)], shape: [])
    }
    return results
  }

  private static func target(_ weight: Parameter, _ structure: Structure) -> any PruningTarget {
    guard case .channels(let minimum, let multiple) = structure else {
      return WeightTarget(PrunableWeight(path: "weight", parameter: weight), structure)
    }
    let group = ChannelGroup(
      name: "weight", count: weight.shape[0], members: [.producer(path: "weight", weight)], reason: "", featurePath: "")
    return ChannelTarget(group, minimum: minimum, multiple: multiple)
  }

  /// Whether pruning `sparsity` of `count` leaves at least one.
  private static func leavesOne(of count: Int, sparsity: Double) -> Bool {
    sparsity >= 0 && sparsity < 1 && (sparsity * Double(count)).rounded() < Double(count)
  }
}
