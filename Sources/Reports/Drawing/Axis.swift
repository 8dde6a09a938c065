import Foundation

/// Scale of a plot in one direction.
struct Axis: Equatable, Sendable {
  struct Tick: Equatable, Sendable {
    var value: Double
    var label: String
  }

  var range: ClosedRange<Double>
  var ticks: [Tick]

  /// Axis over `values` with round ticks.
  ///
  /// It leaves a little room on both sides without going past `limits`; equal values get a range around them.
  init(over values: [Double], limits: ClosedRange<Double>? = nil, padding: Double = 0.04, tickCount: Int = 5) {
    var lower = values.min() ?? 0
    var upper = values.max() ?? 1
    if upper - lower < 1e-12 * max(1, abs(upper)) {
      let reach = lower == 0 ? 1 : abs(lower) * 0.05
      (lower, upper) = (lower - reach, upper + reach)
    }
    let room = (upper - lower) * padding
    lower = max(lower - room, limits?.lowerBound ?? -.infinity)
    upper = min(upper + room, limits?.upperBound ?? .infinity)
    if upper <= lower { upper = lower + 1 }
    range = lower...upper
    ticks = Self.roundTicks(in: range, count: tickCount)
  }

  /// Axis over `values` with a tick at each of them, or with round ticks if those would lie closer than `gap` of the
  /// whole.
  init(at values: [Double], padding: Double, gap: Double) {
    let sorted = Set(values).sorted()
    self.init(over: sorted, padding: padding)
    let span = range.upperBound - range.lowerBound
    let isCrowded = zip(sorted, sorted.dropFirst()).contains { ($1 - $0) / span < gap }
    if !isCrowded { ticks = sorted.map { Tick(value: $0, label: NumberText.shortest(($0 * 1e6).rounded() / 1e6)) } }
  }

  /// Where `value` lies, 0 at the lower end and 1 at the upper.
  func position(of value: Double) -> Double {
    (value - range.lowerBound) / (range.upperBound - range.lowerBound)
  }

  /// Multiples of 1, 2 or 5 times a power of ten, about `count` of them.
  private static func roundTicks(in range: ClosedRange<Double>, count: Int) -> [Tick] {
    let rough = (range.upperBound - range.lowerBound) / Double(max(1, count))
    let power = pow(10, floor(log10(rough)))
    let steps = [1.0, 2, 5, 10].map { $0 * power }
    let step = steps.min { abs(log($0 / rough)) < abs(log($1 / rough)) } ?? power
    let decimals = max(0, Int(-floor(log10(step) + 1e-9)))
    let first = Int((range.lowerBound / step - 1e-9).rounded(.up))
    let last = Int((range.upperBound / step + 1e-9).rounded(.down))
    guard first <= last else { return [] }
    return (first...last).map { Tick(value: Double($0) * step, label: NumberText.fixed(Double($0) * step, decimals)) }
  }
}
