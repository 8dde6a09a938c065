/// Sums over the training examples of an epoch; part of a checkpoint, so that resuming loses nothing.
struct EpochTotals: Codable, Equatable, Sendable {
  private var lossSum = 0.0
  private var correct = 0
  private var examples = 0
  /// Whether examples have classes; nil means that they do, as before there were others.
  private var lacksClasses: Bool?
  var seconds = 0.0

  mutating func add(_ batch: BatchScore) {
    lossSum += batch.loss * Double(batch.examples)
    correct += batch.correct ?? 0
    examples += batch.examples
    if batch.correct == nil { lacksClasses = true }
  }

  /// Mean loss an example.
  var meanLoss: Double { examples == 0 ? 0 : lossSum / Double(examples) }
  /// Fraction classified correctly, with the augmented examples and in training mode; nil where there are no classes.
  var accuracy: Double? {
    if lacksClasses == true { return nil }
    return examples == 0 ? 0 : Double(correct) / Double(examples)
  }
  var examplesPerSecond: Double { seconds == 0 ? 0 : Double(examples) / seconds }
}

/// Where a run's time went, over all attempts up to the checkpoint that each resumed from.
struct RunSeconds: Codable, Equatable, Sendable {
  /// In training steps, waiting included, evaluation excluded.
  var training = 0.0
  /// Waiting for the next batch.
  var waiting = 0.0
}
