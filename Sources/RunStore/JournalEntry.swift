import Training

/// One fact in a run's journal.
package enum JournalEntry: Equatable, Sendable {
  /// First line of every journal: who runs what, where.
  ///
  /// Boxed, so that the points, of which there are many, do not take up its size.
  indirect case attempt(AttemptStart)
  case layers([LayerDescription])
  case metric(MetricPoint)
  case layer(LayerPoint)
  case result(ResultPoint)
  case checkpoint(CheckpointRecord)
  case event(EventRecord)
  /// A sign of life between facts.
  case beat(Beat)
  /// Last line: how the attempt ended.
  case end(AttemptEnd)

  /// The word in the journal.
  package var kind: String {
    switch self {
    case .attempt: "attempt"
    case .layers: "layers"
    case .metric: "metric"
    case .layer: "layer"
    case .result: "result"
    case .checkpoint: "checkpoint"
    case .event: "event"
    case .beat: "beat"
    case .end: "end"
    }
  }

  /// Whether the line must be on the disk itself before work goes on.
  package var mustSurvivePowerLoss: Bool {
    switch self {
    case .checkpoint, .end: true
    case .event(let event): event.level == .error
    case .attempt, .layers, .metric, .layer, .result, .beat: false
    }
  }

  /// The entry that records `fact`; nil for one that is not recorded.
  package init?(_ fact: TrainingFact) {
    switch fact {
    case .checkpointBegins: return nil
    case .layers(let layers): self = .layers(layers)
    case .metric(let point): self = .metric(point)
    case .layer(let point): self = .layer(point)
    case .checkpoint(let record): self = .checkpoint(record)
    case .event(let level, let kind, let message):
      self = .event(EventRecord(level: level, kind: kind, message: message))
    case .result(let name, let step, let value): self = .result(ResultPoint(name: name, step: step, value: value))
    }
  }
}
