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
      let beta1: Double?
      let beta2: Double?
      let epsilon: Double?

      enum CodingKeys: String, CodingKey {
        case optimizer
        case lr
        case momentum
        case nesterov
        case decay = "weight_decay"
        case beta1
        case beta2
        case epsilon = "eps"
      }

      /// PyTorch's defaults where a value is missing.
      var config: OptimizerConfig? {
        let sgd = SGDConfig(
          momentum: momentum ?? 0, nesterov: nesterov ?? false, weightDecay: decay ?? 0, decayScope: .allParameters)
        var adam = AdamConfig(
          beta1: beta1 ?? 0.9, beta2: beta2 ?? 0.999, epsilon: epsilon ?? 1e-8, weightDecay: decay ?? 0,
          decayScope: .allParameters)
        switch optimizer {
        case "sgd": return .sgd(sgd)
        case "adam": return .adam(adam)
        case "adamw":
          adam.weightDecay = decay ?? 0.01
          return .adamW(adam)
        default: return nil
        }
      }
    }
    let attributes = try given.decoded(Attributes.self)
    guard let config = attributes.config else {
      throw ConformanceError.unknownVariant(operation: given.operation, variant: attributes.optimizer)
    }
    guard [attributes.beta1 ?? 0, attributes.beta2 ?? 0].allSatisfy({ (0..<1).contains($0) }) else {
      throw ConformanceError.malformedAttributes(case: given.name, operation: given.operation)
    }
    let parameter = Parameter(try given.tensor("parameter"), role: .weight)
    let gradients = try given.tensor("gradients")
    let optimizer = try config.optimizer(for: [("parameter", parameter)], groups: nil)
    let count = parameter.shape.count
    guard gradients.rank == 2, gradients.shape[1] == count else {
      throw ConformanceError.malformedInput(
        case: given.name, reason: "gradients have shape \(gradients.shape), expected [steps, \(count)]")
    }
    let steps = gradients.shape[0]
    var trajectory: [Float] = []
    for step in 0..<steps {
      let row = Array(gradients.elements[(step * count)..<((step + 1) * count)])
      parameter.gradient = Tensor(row, shape: parameter.shape)
      optimizer.update(rate: attributes.lr)
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
    guard (0...1_000_000).contains(attributes.total) else {
      throw ConformanceError.malformedAttributes(case: given.name, operation: given.operation)
    }
    // Epochs of one step, so that the warm-up is given in steps.
    let config: LearningRateConfig
    switch attributes.schedule {
    case "cosine": config = .cosine(peak: attributes.base, warmupEpochs: Double(attributes.warmup))
    case "linear": config = .linear(peak: attributes.base, warmupEpochs: Double(attributes.warmup))
    default: throw ConformanceError.unknownVariant(operation: given.operation, variant: attributes.schedule)
    }
    let rates = (0...attributes.total).map { Float(config.rate(at: $0, of: attributes.total, stepsPerEpoch: 1)) }
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

  func erkBudget(_ given: Case) throws -> Results {
    struct Attributes: Decodable {
      let sparsity: Double
      let shapes: [[Int]]
    }
    let attributes = try given.decoded(Attributes.self)
    guard
      attributes.sparsity >= 0, attributes.sparsity < 1,
      attributes.shapes.allSatisfy({ $0.allSatisfy { (1...1 << 15).contains($0) } && (2...4).contains($0.count) })
    else { throw ConformanceError.malformedAttributes(case: given.name, operation: given.operation) }
    let sparsities = Budget.erkSparsities(of: attributes.shapes.map { Shape($0) }, sparsity: attributes.sparsity)
    return Results(tensors: ["budget": Tensor(sparsities.map { Float($0) }, shape: [sparsities.count])])
  }

  func globalBudget(_ given: Case) throws -> Results {
    struct Attributes: Decodable {
      let sparsity: Double
    }
    let sparsity = try given.decoded(Attributes.self).sparsity
    guard sparsity >= 0, sparsity <= 1 else {
      throw ConformanceError.malformedAttributes(case: given.name, operation: given.operation)
    }
    let weights = given.inputNames.compactMap { given.tensors[$0] }
    let total = weights.reduce(0) { $0 + $1.count }
    let counts = Budget.globalCounts(of: weights, pruned: Int((sparsity * Double(total) + 0.5).rounded(.down)))
    let shares = zip(counts, weights).map { Float($0) / Float($1.count) }
    return Results(tensors: ["budget": Tensor(shares, shape: [shares.count])])
  }
}
