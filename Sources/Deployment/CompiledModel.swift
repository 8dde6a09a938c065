import Inference
import Kernels
import Networks

/// A network compiled for examples of one shape, with made-up examples to measure it by.
package enum CompiledModel {
  case images(InferencePlan, Tensor)
  case texts(TokenPlan, TokenBatch)

  /// In the order of the computation.
  package var layers: [PlannedLayer] {
    switch self {
    case .images(let plan, _): plan.layers
    case .texts(let plan, _): plan.layers
    }
  }

  package var activationBytes: Int {
    switch self {
    case .images(let plan, _): plan.activationBytes
    case .texts(let plan, _): plan.activationBytes
    }
  }

  /// Runs the network twice and returns the seconds of each layer in the second run, in which its weights are in the
  /// caches as far as they fit.
  func timed() -> [Double] {
    switch self {
    case .images(let plan, let images):
      _ = plan(images)
      return plan.timed(images).seconds
    case .texts(let plan, let tokens):
      _ = plan(tokens)
      return plan.timed(tokens).seconds
    }
  }
}

extension DeployedModel {
  /// The network compiled for `batch` images of its size, or texts of the most tokens that it was trained on.
  ///
  /// - Throws: `DeploymentError.unknownInput`; `InferenceError`.
  /// - Cost: with `measured`, some runs of every layer in each implementation.
  package func compiled(batch: Int, choice: KernelChoice) throws -> CompiledModel {
    switch network {
    case .images(let network):
      let shape = try inputShape(batch: batch)
      return .images(
        try InferencePlan(network.frozenGraph(), input: shape, choice: choice), Tensor(repeating: 0.5, shape: shape))
    case .text(let network):
      let positions = network.config.encoder.positions
      let length = min(length ?? positions, positions)
      let count = batch * length
      return .texts(
        try TokenPlan(network.frozenEncoder(), batch: batch, length: length, choice: choice),
        TokenBatch(
          batch: batch, length: length, tokens: (0..<count).map { $0 % network.config.encoder.vocabularySize },
          types: [Int](repeating: 0, count: count), isToken: [Bool](repeating: true, count: count)))
    }
  }
}
