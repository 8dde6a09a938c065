/// Sums over the training examples of an epoch; part of a checkpoint, so that resuming loses nothing.
struct EpochTotals: Codable, Equatable, Sendable {
  private var lossSum = 0.0
  private var correct = 0
  private var examples = 0
  var seconds = 0.0

  /// Adds a batch by its mean loss.
  mutating func add(loss: Double, correct: Int, examples: Int) {
    lossSum += loss * Double(examples)
    self.correct += correct
    self.examples += examples
  }

  /// Mean loss an example.
  var meanLoss: Double { examples == 0 ? 0 : lossSum / Double(examples) }
  /// Fraction classified correctly, with the augmented images and in training mode.
  var accuracy: Double { examples == 0 ? 0 : Double(correct) / Double(examples) }
  var examplesPerSecond: Double { seconds == 0 ? 0 : Double(examples) / seconds }
}

/// Where a run's time went, over all attempts up to the checkpoint that each resumed from.
struct RunSeconds: Codable, Equatable, Sendable {
  /// In training steps, waiting included, evaluation excluded.
  var training = 0.0
  /// Waiting for the next batch.
  var waiting = 0.0
}
