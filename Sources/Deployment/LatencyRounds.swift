/// Compiled networks timed in turn: one run of each a round, so that whatever else the machine does meets all alike.
package struct LatencyRounds {
  /// Seconds of a whole run, by network and round.
  package let totals: [[Double]]
  /// Seconds of each layer, by network, layer and round.
  package let layers: [[[Double]]]

  /// - Precondition: `rounds` > 0.
  /// - Cost: twice as many runs of every network as rounds and warmup.
  package init(_ models: [CompiledModel], warmup: Int, rounds: Int) {
    precondition(rounds > 0, "latency over \(rounds) rounds")
    var totals = [[Double]](repeating: [], count: models.count)
    var layers = models.map { [[Double]](repeating: [], count: $0.layers.count) }
    for round in 0..<warmup + rounds {
      for index in models.indices {
        let seconds = models[index].timed()
        guard round >= warmup else { continue }
        totals[index].append(seconds.reduce(0, +))
        for (layer, time) in seconds.enumerated() { layers[index][layer].append(time) }
      }
    }
    self.totals = totals
    self.layers = layers
  }
}
