import Autodiff
import Kernels
import Networks
import Pruning

/// Operations that conformance cases may name.
enum Operation: String, CaseIterable {
  case linear
  case convolution = "conv2d"
  case batchNormalization = "batch_norm2d"
  case relu
  case relu6
  case maxPooling = "max_pool2d"
  case averagePooling = "avg_pool2d"
  case globalAveragePooling = "global_avg_pool2d"
  case crossEntropy = "cross_entropy"
  case optimizer
  case learningRateSchedule = "lr_schedule"
  case sparsitySchedule = "sparsity_schedule"
  case pdpMask = "pdp_mask"
  case globalBudget = "global_budget"
  case erkBudget = "erk_budget"
  case model

  func run(_ given: Case) throws -> Results {
    switch self {
    case .linear: try linear(given)
    case .convolution: try convolution(given)
    case .batchNormalization: try batchNormalization(given)
    case .relu: try unary(given) { $1.relu($0) }
    case .relu6: try unary(given) { $1.relu6($0) }
    case .maxPooling: try pooling(given, .maximum)
    case .averagePooling: try pooling(given, .average)
    case .globalAveragePooling: try globalAveragePooling(given)
    case .crossEntropy: try crossEntropy(given)
    case .optimizer: try optimizer(given)
    case .learningRateSchedule: try learningRateSchedule(given)
    case .sparsitySchedule: try sparsitySchedule(given)
    case .pdpMask: try pdpMask(given)
    case .globalBudget: try globalBudget(given)
    case .erkBudget: try erkBudget(given)
    case .model: try model(given)
    }
  }

  /// Runs `body` on the input `input` with a tape, goes back from its result, and collects output and gradients.
  func differentiate(
    _ given: Case, input name: String = "input", parameters: [String: Parameter] = [:],
    _ body: (Variable, Pass) throws -> Variable
  ) throws -> Results {
    let input = Variable(try given.tensor(name), needsGradient: true)
    let tape = Tape()
    let output = try body(input, Pass(.training, tape: tape))
    tape.backward(from: output, upstream: try given.upstream(of: output.shape))
    var results = Results(tensors: ["output": output.value])
    results.tensors["grad.\(name)"] = input.gradient
    for (name, parameter) in parameters { results.tensors["grad.\(name)"] = parameter.gradient }
    return results
  }

  func unary(_ given: Case, _ body: (Variable, Pass) -> Variable) throws -> Results {
    try differentiate(given) { body($0, $1) }
  }
}
