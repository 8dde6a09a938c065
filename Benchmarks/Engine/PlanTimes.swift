import Inference
import Kernels

/// Seconds of every step of a plan in every round.
final class PlanTimes {
  let plan: InferencePlan
  private let times = LayerTimes()

  init(_ plan: InferencePlan) { self.plan = plan }

  /// Runs the plan twice and times the second run, in which the weights are in the caches as far as they fit.
  func run(_ images: Tensor, counts: Bool) {
    _ = plan(images)
    let seconds = plan.timed(images).seconds
    if counts { times.add(seconds) }
  }

  var total: (least: Double, median: Double) { LayerTimes.quantiles(times.totals) }

  /// Of each path in the network, in order; steps of one path belong together.
  var layers: [(path: String, steps: [PlannedLayer], seconds: (least: Double, median: Double))] {
    var order: [String] = []
    var indices: [String: [Int]] = [:]
    for (index, layer) in plan.layers.enumerated() {
      if indices[layer.path] == nil { order.append(layer.path) }
      indices[layer.path, default: []].append(index)
    }
    return order.map { path in
      let steps = indices[path] ?? []
      return (path, steps.map { plan.layers[$0] }, LayerTimes.quantiles(times.sums(of: steps)))
    }
  }

  /// Sum of every step's least: what the plan would take if nothing else ran on the machine.
  var quietTotal: Double { layers.reduce(0) { $0 + $1.seconds.least } }
}
