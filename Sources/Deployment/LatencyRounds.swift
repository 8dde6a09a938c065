import Inference
import Kernels

/// Inference plans timed in turn: one run of each a round, so that whatever else the machine does meets all alike.
package struct LatencyRounds {
  /// Seconds of a whole run, by plan and round.
  package let totals: [[Double]]
  /// Seconds of each layer, by plan, layer and round.
  package let layers: [[[Double]]]

  /// - Precondition: `rounds` > 0.
  /// - Cost: rounds and warmup runs of every plan.
  package init(_ plans: [InferencePlan], warmup: Int, rounds: Int) {
    precondition(rounds > 0, "latency over \(rounds) rounds")
    let inputs = plans.map { Tensor(repeating: 0.5, shape: $0.inputShape) }
    var totals = [[Double]](repeating: [], count: plans.count)
    var layers = plans.map { [[Double]](repeating: [], count: $0.layers.count) }
    for round in 0..<warmup + rounds {
      for index in plans.indices {
        let start = ContinuousClock.now
        let seconds = plans[index].timed(inputs[index]).seconds
        let total = (ContinuousClock.now - start) / .seconds(1)
        guard round >= warmup else { continue }
        totals[index].append(total)
        for (layer, time) in seconds.enumerated() { layers[index][layer].append(time) }
      }
    }
    self.totals = totals
    self.layers = layers
  }
}
