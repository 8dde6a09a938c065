/// Something a training run found out, in the order in which it happened.
///
/// The trainer hands facts to one closure and knows nothing about journals or databases.
package enum TrainingFact: Equatable, Sendable {
  case layers([LayerDescription])
  case metric(MetricPoint)
  case layer(LayerPoint)
  /// A checkpoint is about to be written: what was reported so far has to be on the disk when it appears, because a
  /// training that goes on from it will not report it again.
  case checkpointBegins
  case checkpoint(CheckpointRecord)
  case event(level: EventLevel, kind: String, message: String)
  /// A headline number, declared once, at the end.
  case result(name: String, step: Int, value: Double)
}

package enum EventLevel: String, Codable, Sendable {
  case info
  case warning
  case error
}

/// What a network's layer is, before training.
package struct LayerDescription: Codable, Equatable, Sendable {
  /// Position in the network's fixed order of parameters, from 0.
  package var index: Int
  /// Parameter path of the weight, such as `features.3.1.weight`.
  package var name: String
  /// `convolution`, `depthwise-convolution` or `linear`.
  package var operation: String
  package var shape: [Int]
  package var parameters: Int
  /// Multiply-accumulate operations for one example with dense weights.
  package var macs: Int
  package var isPrunable: Bool
  /// Why it is not prunable; empty if it is.
  package var reason: String

  package init(
    index: Int, name: String, operation: String, shape: [Int], parameters: Int, macs: Int, isPrunable: Bool,
    reason: String
  ) {
    self.index = index
    self.name = name
    self.operation = operation
    self.shape = shape
    self.parameters = parameters
    self.macs = macs
    self.isPrunable = isPrunable
    self.reason = reason
  }
}

/// One value of one metric at one step.
package struct MetricPoint: Codable, Equatable, Sendable {
  /// Split of what a run finds out while it searches for its sparsity, a point a training: `trial-knob`,
  /// `trial-sparsity` and `trial-top1`.
  package static let searchSplit = "search"

  /// Split of counts of texts by their tokens, which stand in the place of `step`; their epoch is 0, before the first.
  package static let lengthsSplit = "lengths"

  /// Such as `loss`, `top1`, `top1-soft`, `learning-rate`, `sparsity-scheduled` or `examples-per-second`.
  package var name: String
  /// `train`, `test`, `searchSplit` or `lengthsSplit`.
  package var split: String
  /// Optimizer steps done; number of the training, from 1, with `searchSplit`.
  package var step: Int
  /// Epochs done, fractional.
  package var epoch: Double
  package var value: Double

  package init(name: String, split: String, step: Int, epoch: Double, value: Double) {
    self.name = name
    self.split = split
    self.step = step
    self.epoch = epoch
    self.value = value
  }
}

/// The pruning state of one layer at one step.
package struct LayerPoint: Codable, Equatable, Sendable {
  /// As in `LayerDescription`.
  package var index: Int
  package var step: Int
  package var epoch: Double
  /// Nonzero weights under the hard mask.
  package var nonzero: Int
  package var total: Int
  /// Magnitude threshold; nil where the method has none.
  package var threshold: Double?
  /// PDP's temperature divided by the squared threshold; nil for other methods.
  package var relativeTemperature: Double?
  /// Positions whose hard mask changed since the point before.
  package var maskFlips: Int
  package var weightNorm: Double

  package init(
    index: Int, step: Int, epoch: Double, nonzero: Int, total: Int, threshold: Double?, relativeTemperature: Double?,
    maskFlips: Int, weightNorm: Double
  ) {
    self.index = index
    self.step = step
    self.epoch = epoch
    self.nonzero = nonzero
    self.total = total
    self.threshold = threshold
    self.relativeTemperature = relativeTemperature
    self.maskFlips = maskFlips
    self.weightNorm = weightNorm
  }
}

/// A checkpoint that is complete on disk.
package struct CheckpointRecord: Codable, Equatable, Sendable {
  package var step: Int
  /// Name of its directory below the run's `checkpoints`.
  package var directory: String
  /// SHA-256 of its manifest.
  package var digest: String

  package init(step: Int, directory: String, digest: String) {
    self.step = step
    self.directory = directory
    self.digest = digest
  }
}

/// How a training attempt ended.
package enum TrainingOutcome: Equatable, Sendable {
  /// All epochs done; digest of the exported weights.
  case finished(step: Int, weightsDigest: String)
  /// Stopped at a step edge on request, after writing a checkpoint.
  case interrupted(step: Int)
  /// The loss stopped being finite.
  case diverged(step: Int, message: String)
}
