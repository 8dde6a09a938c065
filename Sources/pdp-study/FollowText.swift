import RunStore
import Training

/// The lines of a journal as `show --follow` prints them.
struct FollowText {
  /// Metric points of one step and split that are not yet printed.
  private var step: (step: Int, epoch: Double, split: String, values: [String])?

  /// What to print of `lines`, one text a line.
  mutating func take(_ lines: [JournalLine]) -> [String] {
    var texts: [String] = []
    for line in lines {
      if case .metric(let point) = line.entry {
        guard point.split != MetricPoint.lengthsSplit else { continue }
        if let open = step, open.step != point.step || open.split != point.split { texts += close() }
        let value = "\(point.name) \(Format.value(point.value))"
        step = (point.step, point.epoch, point.split, (step?.values ?? []) + [value])
      } else {
        texts += close()
        if let text = Self.text(of: line) { texts.append(text) }
      }
    }
    // What is written of a step together arrives together.
    return texts + close()
  }

  private mutating func close() -> [String] {
    guard let open = step else { return [] }
    step = nil
    let place = open.split == MetricPoint.searchSplit ? "trial \(open.step)" : "step \(open.step)"
    return ["\(place)  epoch \(Format.value(open.epoch))  \(open.split): \(open.values.joined(separator: ", "))"]
  }

  private static func text(of line: JournalLine) -> String? {
    switch line.entry {
    case .attempt(let start):
      "attempt \(start.attempt) started \(Format.moment(line.time)) on \(start.provenance.host)"
    case .checkpoint(let record): "checkpoint at step \(record.step)"
    case .event(let event): "\(event.level.rawValue): \(event.message)"
    case .result(let point): "result \(point.name) \(Format.value(point.value))"
    case .end, .layers, .metric, .layer, .beat: nil
    }
  }
}
