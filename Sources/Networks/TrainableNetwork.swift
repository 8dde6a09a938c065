import Autodiff
import Kernels

/// A network as optimizers and checkpoints see it: parameters and running statistics under their paths.
package protocol TrainableNetwork: AnyObject {
  /// In the order in which the network uses them; paths as in PyTorch's `state_dict`.
  var parameters: [(path: String, parameter: Parameter)] { get }
  var statistics: [(path: String, statistics: RunningStatistics)] { get }
}

extension TrainableNetwork {
  /// Trainable numbers, biases and normalisation included.
  package var parameterCount: Int { parameters.reduce(0) { $0 + $1.parameter.shape.count } }

  /// Forgets all gradients.
  package func clearGradients() {
    for (_, parameter) in parameters { parameter.gradient = nil }
  }

  /// All parameters and running statistics by path, as PyTorch's `state_dict` names them.
  package var state: [String: Tensor] {
    var state: [String: Tensor] = [:]
    for (path, parameter) in parameters { state[path] = parameter.value }
    for (path, values) in statistics {
      state["\(path).running_mean"] = values.mean
      state["\(path).running_var"] = values.variance
    }
    return state
  }

  /// Lends every parameter and running statistic with its path for writing, in a fixed order.
  func withEachEntry(_ body: (_ path: String, _ value: inout Tensor) -> Void) {
    for (path, parameter) in parameters { body(path, &parameter.value) }
    for (path, values) in statistics {
      body("\(path).running_mean", &values.mean)
      body("\(path).running_var", &values.variance)
    }
  }

  /// Takes every parameter and running statistic from `state`.
  ///
  /// PyTorch's batch counters (`num_batches_tracked`) are ignored.
  ///
  /// - Throws: `WeightsError.mismatch` with every missing, unused and misshapen path; nothing is loaded then.
  package func load(_ state: [String: Tensor]) throws(WeightsError) {
    let own = self.state
    let given = state.keys.filter { !$0.hasSuffix("num_batches_tracked") }
    let missing = own.keys.filter { state[$0] == nil }.sorted()
    let unused = given.filter { own[$0] == nil }.sorted()
    let misshapen = own.keys.sorted().compactMap { path -> String? in
      guard let expected = own[path]?.shape, let shape = state[path]?.shape, shape != expected else { return nil }
      return "'\(path)' has shape \(shape), expected \(expected)"
    }
    guard missing.isEmpty, unused.isEmpty, misshapen.isEmpty else {
      throw .mismatch(missing: missing, unused: unused, misshapen: misshapen)
    }
    for (path, parameter) in parameters { if let value = state[path] { parameter.value = value } }
    for (path, values) in statistics {
      if let mean = state["\(path).running_mean"] { values.mean = mean }
      if let variance = state["\(path).running_var"] { values.variance = variance }
    }
  }
}
