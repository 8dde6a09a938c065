import Foundation
import RunStore
import Training

/// What a training's journal costs it.
enum JournallingCost {
  /// Seconds that the lines of one epoch take, the mean over 200.
  ///
  /// They are eight metrics, 28 layers, two signs of life, and a checkpoint's line, after which the file is synchronised with
  /// the disk.
  static func secondsPerEpoch(in folder: URL) throws -> Double {
    let url = folder.appending(path: "cost.jsonl")
    try? FileManager.default.removeItem(at: url)
    let writer = try JournalWriter(creating: url)
    let epochs = 200
    let total = try measured {
      for epoch in 1...epochs {
        for name in 1...8 {
          try writer.append(
            .metric(
              MetricPoint(
                name: "metric-\(name)", split: "train", step: 80 * epoch, epoch: Double(epoch),
                value: 1 / Double(epoch + name))))
        }
        for layer in 0..<28 {
          try writer.append(
            .layer(
              LayerPoint(
                index: layer, step: 80 * epoch, epoch: Double(epoch), nonzero: 36, total: 72,
                threshold: 1 / Double(epoch), relativeTemperature: 0.1, maskFlips: 3, weightNorm: 1.5)))
        }
        for beat in 0..<2 { try writer.append(.beat(Beat(stepsDone: 80 * epoch + beat))) }
        try writer.append(
          .checkpoint(CheckpointRecord(step: 80 * epoch, directory: "step-\(80 * epoch)", digest: "c1")))
      }
      try writer.close()
    }
    return total.seconds / Double(epochs)
  }
}
