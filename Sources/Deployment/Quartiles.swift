import RunStore

extension Latency.Quartiles {
  /// Of some seconds, interpolated between neighbours.
  ///
  /// - Precondition: at least one value.
  package init(of seconds: [Double]) {
    precondition(!seconds.isEmpty, "quartiles of no value")
    let sorted = seconds.sorted()
    func quantile(_ share: Double) -> Double {
      let position = share * Double(sorted.count - 1)
      let low = Int(position)
      let high = min(low + 1, sorted.count - 1)
      return sorted[low] + (sorted[high] - sorted[low]) * (position - Double(low))
    }
    self.init(lower: quantile(0.25), median: quantile(0.5), upper: quantile(0.75))
  }
}
