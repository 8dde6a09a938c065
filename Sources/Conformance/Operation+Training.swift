import Autodiff
import Kernels
import Networks
import Pruning

extension Operation {
  func optimizer(_ given: Case) throws -> Results {
    struct Attributes: Decodable {
      let optimizer: String
      let lr: Double
      let momentum: Double?
      let nesterov: Bool?
      let decay: Double?

      enum CodingKeys: String, CodingKey {
        case optimizer
        case lr
        case momentum
        case nesterov
        case decay = "weight_decay"
      }
    }
    let attributes = try given.decoded(Attributes.self)
    guard attributes.optimizer == "sgd" else {
      throw ConformanceError.unknownVariant(operation: given.operation, variant: attributes.optimizer)
    }
    let parameter = Parameter(try given.tensor("parameter"), role: .weight)
    let gradients = try given.tensor("gradients")
    let config = SGDConfig(
      momentum: attributes.momentum ?? 0, nesterov: attributes.nesterov ?? false, weightDecay: attributes.decay ?? 0,
      decayScope: .allParameters)
    let sgd = SGD(config, parameters: [("parameter", parameter)])
    let (steps, count) = (gradients.shape[0], parameter.shape.count)
    var trajectory: [Float] = []
    for step in 0..<steps {
      let row = Array(gradients.elements[(step * count)..<((step + 1) * count)])
      parameter.gradient = Tensor(row, shape: parameter.shape)
      sgd.update(rate: attributes.lr)
      trajectory += parameter.value.elements
    }
    return Results(tensors: ["trajectory": Tensor(trajectory, shape: [steps, count])])
  }

  func learningRateSchedule(_ given: Case) throws -> Results {
    struct Attributes: Decodable {
      let schedule: String
      let total: Int
      let warmup: Int
      let base: Double

      enum CodingKeys: String, CodingKey {
        case schedule
        case total = "total_steps"
        case warmup = "warmup_steps"
        case base = "base_lr"
      }
    }
    let attributes = try given.decoded(Attributes.self)
    guard attributes.schedule == "cosine" else {
      throw ConformanceError.unknownVariant(operation: given.operation, variant: attributes.schedule)
    }
    let rates = (0...attributes.total).map { step in
      Float(
        LearningRateConfig.cosine(
          peak: attributes.base, step: Double(step), warmup: Double(attributes.warmup),
          total: Double(attributes.total)))
    }
    return Results(tensors: ["lr": Tensor(rates, shape: [rates.count])])
  }

  func sparsitySchedule(_ given: Case) throws -> Results {
    struct Attributes: Decodable {
      let schedule: String
      let start: Double
      let ramp: Double?
      let epsilon: Double?
      let final: Double
      let initial: Double?
    }
    let attributes = try given.decoded(Attributes.self)
    let value: (Double) -> Double
    switch (attributes.schedule, attributes.ramp, attributes.epsilon) {
    case ("cubic", let ramp?, _):
      value = {
        Ramp.cubicSparsity(
          atEpoch: $0, start: attributes.start, epochs: ramp, from: attributes.initial ?? 0, to: attributes.final)
      }
    case ("pdp_linear", _, let epsilon?):
      value = {
        Ramp.linearSparsity(atEpoch: $0, start: attributes.start, epsilon: epsilon, to: attributes.final)
      }
    default:
      throw ConformanceError.unknownVariant(operation: given.operation, variant: attributes.schedule)
    }
    let epochs = try given.tensor("epochs")
    let sparsities = epochs.elements.map { Float(value(Double($0))) }
    return Results(tensors: ["sparsity": Tensor(sparsities, shape: epochs.shape)])
  }

  func pdpMask(_ given: Case) throws -> Results {
    struct Attributes: Decodable {
      let granularity: String
      let sparsity: Double?
      let temperature: Double
    }
    let attributes = try given.decoded(Attributes.self)
    guard attributes.granularity == "unstructured", let sparsity = attributes.sparsity else {
      throw ConformanceError.unknownVariant(operation: given.operation, variant: attributes.granularity)
    }
    let weight = try given.tensor("weight")
    let pruned = Int((sparsity * Double(weight.count) + 0.5).rounded(.down))
    let upstream = try given.tensor("upstream")
    let pdp = PDP(temperature: .absolute(attributes.temperature))
    guard pruned > 0, let mask = pdp.softMask(of: weight, pruned: pruned) else {
      return Results(tensors: [
        "mask": Tensor(repeating: 1, shape: weight.shape), "output": weight, "grad.weight": upstream,
      ])
    }
    return Results(tensors: [
      "mask": mask.values(of: weight), "output": mask.product(with: weight),
      "grad.weight": mask.gradient(at: weight, upstream: upstream),
      "threshold": Tensor([Float(mask.threshold)], shape: []),
    ])
  }

  func globalBudget(_ given: Case) throws -> Results {
    struct Attributes: Decodable {
      let sparsity: Double
    }
    let sparsity = try given.decoded(Attributes.self).sparsity
    let weights = given.inputNames.compactMap { given.tensors[$0] }
    let total = weights.reduce(0) { $0 + $1.count }
    let counts = Budget.globalCounts(of: weights, pruned: Int((sparsity * Double(total) + 0.5).rounded(.down)))
    let shares = zip(counts, weights).map { Float($0) / Float($1.count) }
    return Results(tensors: ["budget": Tensor(shares, shape: [shares.count])])
  }
}
