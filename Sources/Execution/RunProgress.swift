import RunStore
import Training

/// How far a live run has got, from its journal.
package struct RunProgress: Equatable, Sendable {
  package var title: String
  package var run: String
  package var epochs: Int
  package var epoch = 0.0
  package var step = 0
  package var loss: Double?
  /// Newest accuracy on the test examples.
  package var top1: Double?
  /// Newest sparsity.
  package var sparsity: Double?
  package var examplesPerSecond: Double?
  /// Epochs done when this attempt began to report, and when that was.
  private var origin: (epoch: Double, time: Double)?
  private var newest = 0.0
  private var start: Double?

  package init(title: String, run: String, epochs: Int) {
    self.title = title
    self.run = run
    self.epochs = epochs
  }

  /// Seconds that this attempt has taken; nil before it began.
  package var seconds: Double? { start.map { newest - $0 } }

  /// Share of the epochs done, 0...1.
  package var fraction: Double { epochs > 0 ? min(1, max(0, epoch / Double(epochs))) : 0 }

  /// Seconds left at the pace of this attempt; nil before there is one.
  package var secondsLeft: Double? {
    guard let origin, epoch > origin.epoch, newest > origin.time else { return nil }
    return (newest - origin.time) / (epoch - origin.epoch) * max(0, Double(epochs) - epoch)
  }

  /// Takes in a line of the run's journal.
  package mutating func take(_ line: JournalLine) {
    switch line.entry {
    case .attempt:
      origin = nil
      start = line.time
      newest = line.time
    case .metric(let point) where point.split == MetricPoint.searchSplit: newest = line.time
    case .metric(let point):
      step = max(step, point.step)
      epoch = max(epoch, point.epoch)
      newest = line.time
      if origin == nil { origin = (point.epoch, line.time) }
      switch (point.name, point.split) {
      case ("loss", "train"): loss = point.value
      case ("top1", "test"): top1 = point.value
      // Until the last step, what the schedule asks for is what the mask has.
      case ("sparsity-achieved", _), ("sparsity-scheduled", _): sparsity = point.value
      case ("examples-per-second", _): examplesPerSecond = point.value
      default: break
      }
    case .result(let point):
      if point.name == "top1" { top1 = point.value }
    case .layers, .layer, .checkpoint, .event, .beat: break
    case .end: newest = line.time
    }
  }

  package static func == (one: RunProgress, other: RunProgress) -> Bool {
    one.run == other.run && one.step == other.step && one.epoch == other.epoch && one.loss == other.loss
      && one.top1 == other.top1 && one.sparsity == other.sparsity
  }
}
