import Kernels

/// Exponential moving average of a network's parameters and running statistics.
package final class WeightAverage {
  private let config: AveragingConfig
  private let network: any TrainableNetwork
  /// Average of every entry of the network's state, in its order.
  private var values: [Tensor]
  /// Updates done.
  private var updates = 0

  /// Average that starts at the network's weights.
  package init(_ config: AveragingConfig, of network: any TrainableNetwork) {
    precondition((0..<1).contains(config.decay), "average: decay \(config.decay), expected 0..<1")
    self.config = config
    self.network = network
    values = []
    network.withEachEntry { _, value in values.append(value) }
  }

  /// Moves towards the network's current weights.
  ///
  /// - Cost: one pass over the weights and the average.
  package func update() {
    let share = Float(1 - config.decay(after: updates))
    updates += 1
    var index = 0
    network.withEachEntry { _, value in
      if share == 1 {
        values[index] = value
      } else {
        OptimizerUpdate.move(&values[index], towards: value, share: share)
      }
      index += 1
    }
  }

  /// Runs `body` while the network has the averages as its weights.
  package func withAverage<Result>(_ body: () throws -> Result) rethrows -> Result {
    exchange()
    defer { exchange() }
    return try body()
  }

  /// Makes the averages the network's weights for good.
  package func adopt() {
    var index = 0
    network.withEachEntry { _, value in
      value = values[index]
      index += 1
    }
  }

  private func exchange() {
    var index = 0
    network.withEachEntry { _, value in
      swap(&value, &values[index])
      index += 1
    }
  }

  // MARK: Checkpoints

  /// What a checkpoint must hold for the average to continue with the same bits.
  package struct State {
    /// By path, as in the network's state.
    package var values: [String: Tensor]
    package var updates: Int

    package init(values: [String: Tensor], updates: Int) {
      self.values = values
      self.updates = updates
    }
  }

  package var state: State {
    var state = State(values: [:], updates: updates)
    var index = 0
    network.withEachEntry { path, _ in
      state.values[path] = values[index]
      index += 1
    }
    return state
  }

  /// Takes up a checkpoint's averages.
  ///
  /// - Throws: `.stateMismatch` with everything that does not fit; nothing is taken up then.
  package func restore(_ state: State) throws(OptimizerError) {
    try OptimizerState(moments: state.values).requireForm(of: OptimizerState(moments: self.state.values))
    var index = 0
    network.withEachEntry { path, _ in
      if let value = state.values[path] { values[index] = value }
      index += 1
    }
    updates = state.updates
  }
}
