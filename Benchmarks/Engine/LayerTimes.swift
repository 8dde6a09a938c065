/// Seconds of every layer in every round.
final class LayerTimes {
  private var rounds: [[Double]] = []

  func add(_ seconds: [Double]) { rounds.append(seconds) }

  /// Of all layers together, a round.
  var totals: [Double] { rounds.map { $0.reduce(0, +) } }

  /// Of some layers together, a round.
  func sums(of layers: [Int]) -> [Double] { rounds.map { round in layers.reduce(0) { $0 + round[$1] } } }

  /// Of each layer.
  var layers: [(least: Double, median: Double)] {
    (rounds.first ?? []).indices.map { layer in Self.quantiles(rounds.map { $0[layer] }) }
  }

  /// Sum of every layer's least.
  var quietTotal: Double { layers.reduce(0) { $0 + $1.least } }

  static func quantiles(_ seconds: [Double]) -> (least: Double, median: Double) {
    let sorted = seconds.sorted()
    return (sorted.first ?? 0, sorted.isEmpty ? 0 : sorted[sorted.count / 2])
  }
}
