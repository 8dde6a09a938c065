import Inference
import Kernels

/// Seconds of every step of a plan in every round.
final class PlanTimes {
  let plan: InferencePlan
  private var rounds: [[Double]] = []

  init(_ plan: InferencePlan) { self.plan = plan }

  /// Runs the plan twice and times the second run, in which the weights are in the caches as far as they fit.
  func run(_ images: Tensor, counts: Bool) {
    _ = plan(images)
    let seconds = plan.timed(images).seconds
    if counts { rounds.append(seconds) }
  }

  var total: Quantiles { Quantiles(rounds.map { $0.reduce(0, +) }) }

  /// Of each path in the network, in order; steps of one path belong together.
  var layers: [(path: String, steps: [PlannedLayer], seconds: Quantiles)] {
    var order: [String] = []
    var indices: [String: [Int]] = [:]
    for (index, layer) in plan.layers.enumerated() {
      if indices[layer.path] == nil { order.append(layer.path) }
      indices[layer.path, default: []].append(index)
    }
    return order.map { path in
      let steps = indices[path] ?? []
      let seconds = rounds.map { round in steps.reduce(0) { $0 + round[$1] } }
      return (path, steps.map { plan.layers[$0] }, Quantiles(seconds))
    }
  }

  /// Sum of every step's least: what the plan would take if nothing else ran on the machine.
  var quietTotal: Double { layers.reduce(0) { $0 + $1.seconds.least } }
}

struct Quantiles {
  let least: Double
  let median: Double

  init(_ values: [Double]) {
    let sorted = values.sorted()
    least = sorted.first ?? 0
    median = sorted.isEmpty ? 0 : sorted[sorted.count / 2]
  }
}
