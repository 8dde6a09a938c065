import Datasets
import Foundation
import Planning
import Training

extension RunStore {
  /// The configuration of the run `run`, as its folder has it.
  ///
  /// - Throws: `RunAuditError.specUnreadable`, `.specChanged`; `RunStoreError.unknownRun`.
  package func spec(ofRun run: String) throws -> RunSpec { try spec(of: details(of: run).run) }

  /// What is known of a run's examples, each as JSON: `classes`; of images `image-size` [C, H, W], `mean` and
  /// `standard-deviation` of each channel, pixels counted from 0 to 1; of texts `lowercases` and `longest-text`.
  ///
  /// - Cost: with `normalizing`, reads a data set of images, a few tenths of a second.
  static func inputs(
    _ spec: RunSpec, _ row: RunRow, _ datasets: DatasetStore, normalizing: Bool
  ) throws -> [String: String] {
    var inputs: [String: String] = [:]
    if case .text(let model) = spec.model {
      inputs["lowercases"] = try json(model.lowercases)
      inputs["longest-text"] = try json(model.longestText(spec.data))
    }
    guard let manifest = try? datasets.manifest(spec.data.dataset), manifest.fingerprint == spec.data.fingerprint else {
      return inputs
    }
    switch manifest.content {
    case .images(let images):
      if !images.classes.isEmpty { inputs["classes"] = try json(images.classes) }
      inputs["image-size"] = try json([images.shape.channels, images.shape.height, images.shape.width])
      if normalizing, let dataset = try? datasets.load(manifest.name) {
        let split = try dataset.split(replicate: row.replicate, config: spec.data)
        inputs["mean"] = try json(split.training.normalization.mean)
        inputs["standard-deviation"] = try json(split.training.normalization.deviation)
      }
    case .text(let text): if !text.task.classes.isEmpty { inputs["classes"] = try json(text.task.classes) }
    case .encoder: break
    }
    return inputs
  }
}
