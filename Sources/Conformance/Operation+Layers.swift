import Autodiff
import Kernels

extension Operation {
  func linear(_ given: Case) throws -> Results {
    let weight = Parameter(try given.tensor("weight"), role: .weight)
    let bias = given.tensors["bias"].map { Parameter($0, role: .bias) }
    let input = try given.tensor("input").shape
    try require(
      input.rank >= 1 && weight.shape.rank == 2 && input[input.rank - 1] == weight.shape[1]
        && (bias.map { $0.shape == [weight.shape[0]] } ?? true),
      given, "input \(input), weight \(weight.shape) and bias do not fit each other")
    return try differentiate(given, parameters: named(weight, bias)) { $1.linear($0, weight: weight, bias: bias) }
  }

  func convolution(_ given: Case) throws -> Results {
    struct Attributes: Decodable {
      let stride: Int
      let padding: Int
      let groups: Int
    }
    let attributes = try given.decoded(Attributes.self)
    guard attributes.stride > 0, attributes.padding >= 0, attributes.groups > 0 else {
      throw ConformanceError.malformedAttributes(case: given.name, operation: given.operation)
    }
    let weight = Parameter(try given.tensor("weight"), role: .weight)
    let bias = given.tensors["bias"].map { Parameter($0, role: .bias) }
    let input = try given.tensor("input").shape
    let (kernel, groups) = (weight.shape, attributes.groups)
    try require(
      input.rank == 4 && kernel.rank == 4 && input[1] == kernel[1] * groups && kernel[0] % groups == 0
        && [2, 3].allSatisfy { kernel[$0] > 0 && input[$0] + 2 * attributes.padding >= kernel[$0] }
        && (bias.map { $0.shape == [kernel[0]] } ?? true),
      given, "input \(input), weight \(kernel), bias and \(groups) groups do not fit each other")
    let geometry = ConvolutionGeometry(
      stride: attributes.stride, padding: attributes.padding, groups: attributes.groups)
    return try differentiate(given, parameters: named(weight, bias)) {
      $1.convolution($0, weight: weight, bias: bias, geometry: geometry)
    }
  }

  func batchNormalization(_ given: Case) throws -> Results {
    struct Attributes: Decodable {
      let training: Bool
      let momentum: Float
      let eps: Float
    }
    let attributes = try given.decoded(Attributes.self)
    let scale = Parameter(try given.tensor("weight"), role: .normalization)
    let shift = Parameter(try given.tensor("bias"), role: .normalization)
    let input = try given.tensor("input").shape
    let channels = scale.shape
    let (mean, variance) = (try given.tensor("running_mean").shape, try given.tensor("running_var").shape)
    try require(
      input.rank == 4 && channels == [input[1]] && shift.shape == channels && mean == channels && variance == channels,
      given, "input \(input) and the channels' weight \(channels), bias and statistics do not fit each other")
    let statistics = RunningStatistics(channels: scale.shape.count)
    statistics.mean = try given.tensor("running_mean")
    statistics.variance = try given.tensor("running_var")
    var results = try differentiate(given, parameters: named(scale, shift)) { input, pass in
      Pass(attributes.training ? .training : .evaluation, tape: pass.tape).batchNormalization(
        input, scale: scale, shift: shift, statistics: statistics, momentum: attributes.momentum,
        epsilon: attributes.eps, isRectified: false)
    }
    results.tensors["running_mean"] = statistics.mean
    results.tensors["running_var"] = statistics.variance
    return results
  }

  func pooling(_ given: Case, _ kind: PoolingGeometry.Kind) throws -> Results {
    struct Attributes: Decodable {
      let kernel: Int
      let stride: Int
      let padding: Int
      let countsPadding: Bool?

      enum CodingKeys: String, CodingKey {
        case kernel
        case stride
        case padding
        case countsPadding = "count_include_pad"
      }
    }
    let attributes = try given.decoded(Attributes.self)
    if attributes.countsPadding == false {
      throw ConformanceError.unknownVariant(operation: given.operation, variant: "count_include_pad false")
    }
    let input = try given.tensor("input").shape
    try require(
      attributes.kernel > 0 && attributes.stride > 0 && attributes.padding >= 0
        && attributes.padding <= attributes.kernel / 2 && input.rank == 4
        && [2, 3].allSatisfy { input[$0] + 2 * attributes.padding >= attributes.kernel },
      given, "input \(input) and windows of \(attributes.kernel) do not fit each other")
    let geometry = PoolingGeometry(
      kind, kernel: attributes.kernel, stride: attributes.stride, padding: attributes.padding)
    return try unary(given) { $1.pooling($0, geometry) }
  }

  func globalAveragePooling(_ given: Case) throws -> Results {
    let input = try given.tensor("input").shape
    try require(input.rank == 4 && input.count > 0, given, "input \(input) is not a batch of images")
    return try unary(given) { $1.globalAveragePooling($0) }
  }

  func crossEntropy(_ given: Case) throws -> Results {
    struct Attributes: Decodable {
      let smoothing: Double
      let reduction: String

      enum CodingKeys: String, CodingKey {
        case smoothing = "label_smoothing"
        case reduction
      }
    }
    let attributes = try given.decoded(Attributes.self)
    guard attributes.reduction == "mean" else {
      throw ConformanceError.unknownVariant(operation: given.operation, variant: attributes.reduction)
    }
    let (logits, labels) = (try given.tensor("input"), try given.integer("target"))
    try require(
      logits.rank == 2 && logits.shape[0] == labels.count && logits.shape[0] > 0
        && labels.allSatisfy { (0..<logits.shape[1]).contains($0) },
      given, "input \(logits.shape) and \(labels.count) targets do not fit each other")
    let (loss, gradient) = SoftmaxCrossEntropy.lossAndGradient(
      logits, labels: labels, labelSmoothing: attributes.smoothing)
    let upstream = try given.upstream(of: []).scalar
    return Results(tensors: [
      "output": Tensor([Float(loss)], shape: []),
      "grad.input": Tensor(gradient.elements.map { $0 * upstream }, shape: gradient.shape),
    ])
  }

  private func named(_ weight: Parameter, _ bias: Parameter?) -> [String: Parameter] {
    var parameters = ["weight": weight]
    if let bias { parameters["bias"] = bias }
    return parameters
  }
}
