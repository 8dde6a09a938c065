import Autodiff
import Kernels
import Networks
import Pruning

/// Operations that conformance cases may name.
enum Operation: String, CaseIterable {
  case linear
  case convolution = "conv2d"
  case batchNormalization = "batch_norm2d"
  case layerNormalization = "layer_norm"
  case embedding
  case relu
  case relu6
  case gelu
  case tanhGELU = "gelu_tanh"
  case tanh
  case sigmoid
  case silu
  case softmax
  case logSoftmax = "log_softmax"
  case maxPooling = "max_pool2d"
  case averagePooling = "avg_pool2d"
  case globalAveragePooling = "global_avg_pool2d"
  case attention = "scaled_dot_product_attention"
  case crossEntropy = "cross_entropy"
  case meanSquaredError = "mse_loss"
  case optimizer
  case learningRateSchedule = "lr_schedule"
  case sparsitySchedule = "sparsity_schedule"
  case pdpMask = "pdp_mask"
  case globalBudget = "global_budget"
  case erkBudget = "erk_budget"
  case groupMask = "nm_mask"
  case refinedStraightThrough = "sr_ste"
  case softThreshold = "str"
  case model
  case bert
  case pretrainedBert = "bert_encoder_pretrained"

  func run(_ given: Case) throws -> Results {
    switch self {
    case .linear: try linear(given)
    case .convolution: try convolution(given)
    case .batchNormalization: try batchNormalization(given)
    case .layerNormalization: try layerNormalization(given)
    case .embedding: try embedding(given)
    case .relu: try unary(given) { $1.relu($0) }
    case .relu6: try unary(given) { $1.relu6($0) }
    case .gelu: try unary(given) { $1.activation($0, .gelu) }
    case .tanhGELU: try unary(given) { $1.activation($0, .geluTanh) }
    case .tanh: try unary(given) { $1.activation($0, .tanh) }
    case .sigmoid: try unary(given) { $1.activation($0, .sigmoid) }
    case .silu: try unary(given) { $1.activation($0, .silu) }
    case .softmax: try rows(given) { $1.softmax($0) }
    case .logSoftmax: try rows(given) { $1.logSoftmax($0) }
    case .maxPooling: try pooling(given, .maximum)
    case .averagePooling: try pooling(given, .average)
    case .globalAveragePooling: try globalAveragePooling(given)
    case .attention: try attention(given)
    case .crossEntropy: try crossEntropy(given)
    case .meanSquaredError: try meanSquaredError(given)
    case .optimizer: try optimizer(given)
    case .learningRateSchedule: try learningRateSchedule(given)
    case .sparsitySchedule: try sparsitySchedule(given)
    case .pdpMask: try pdpMask(given)
    case .globalBudget: try globalBudget(given)
    case .erkBudget: try erkBudget(given)
    case .groupMask: try groupMask(given)
    case .refinedStraightThrough: try refinedStraightThrough(given)
    case .softThreshold: try softThreshold(given)
    case .model: try model(given)
    case .bert: try bert(given)
    case .pretrainedBert: try pretrainedBert(given)
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

  /// As `unary`, over the last axis, which must hold something.
  func rows(_ given: Case, _ body: (Variable, Pass) -> Variable) throws -> Results {
    let shape = try given.tensor("input").shape
    try require(shape.rank > 0 && shape.count > 0, given, "input \(shape) has no last axis with elements")
    return try unary(given, body)
  }

  func require(
    _ holds: Bool, _ given: Case, _ reason: @autoclosure () -> String
  ) throws(ConformanceError) {
    if !holds { throw .malformedInput(case: given.name, reason: reason()) }
  }

  func unary(_ given: Case, _ body: (Variable, Pass) -> Variable) throws -> Results {
    try differentiate(given) { body($0, $1) }
  }
}
