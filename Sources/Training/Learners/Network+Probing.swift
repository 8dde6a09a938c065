import Autodiff
import Kernels
import Networks

extension TrainableNetwork {
  /// The gradients by path, which are forgotten.
  func takeGradients() -> [String: Tensor] {
    var gradients: [String: Tensor] = [:]
    for (path, parameter) in parameters { gradients[path] = parameter.gradient }
    clearGradients()
    return gradients
  }

  /// Runs `body` with what is stored, and brings weights, statistics and gradients back to what they were.
  func preserved<Result>(_ body: () throws -> Result) rethrows -> Result {
    let values = parameters.map {
      (parameter: $0.parameter, value: $0.parameter.value, effective: $0.parameter.effective, $0.parameter.gradient)
    }
    let statistics = statistics.map { ($0.statistics, $0.statistics.mean, $0.statistics.variance) }
    for (parameter, _, _, _) in values { parameter.effective = nil }
    clearGradients()
    defer {
      for (parameter, value, effective, gradient) in values {
        (parameter.value, parameter.effective, parameter.gradient) = (value, effective, gradient)
      }
      for (own, mean, variance) in statistics { (own.mean, own.variance) = (mean, variance) }
    }
    return try body()
  }
}
