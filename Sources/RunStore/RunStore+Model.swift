import Datasets
import Digests
import Foundation
import Networks
import Planning
import Pruning
import Training

extension RunStore {
  /// The exported weights of a run, with where they come from as metadata.
  ///
  /// With `shrinking`, a network whose channels were pruned is without them. Names of classes, and how images are to be
  /// normalised, are left out unless the run's data are in `datasets`: as a manifest for the former, fetched for the
  /// latter.
  ///
  /// - Throws: `RunAuditError`, `.weightsChanged` if the file is not the one that the run recorded; `WeightsError`;
  ///   `RunStoreError.unknownRun`.
  package func model(of run: String, shrinking: Bool, datasets: DatasetStore) throws -> SafetensorsFile {
    let row = try details(of: run).run
    let url = try weights(of: row)
    let spec = try spec(of: row)
    let digest = try SHA256Digest(ofFileAt: url).description
    if let recorded = row.weightsDigest, recorded != digest {
      throw RunAuditError.weightsChanged(path: url.path, recorded: recorded, found: digest)
    }
    var model = try SafetensorsFile(readingFrom: url)
    var network = spec.model
    if shrinking, spec.pruning.structure.kind == .channels {
      let shrunk = try AuditedNetwork(spec.model, from: url).shrunk()
      network = shrunk.model
      model.tensors = shrunk.state
      model.metadata["channels"] = try Self.json(shrunk.channels)
    }
    model.metadata["network"] = try Self.json(network)
    model.metadata["run"] = run
    model.metadata["study"] = row.study
    model.metadata["profile"] = row.profile
    model.metadata["arm"] = row.arm
    model.metadata["method"] = row.method
    model.metadata["structure"] = row.structure
    model.metadata["replicate"] = "\(row.replicate)"
    model.metadata["numerics"] = row.numerics.map { "\($0)" }
    model.metadata["sparsity"] = row.sparsityAchieved.map { "\($0)" }
    model.metadata["dataset"] = row.dataset
    model.metadata.merge(try Self.inputs(spec, replicate: row.replicate, datasets)) { _, new in new }
    return model
  }

  /// What is known of the run's examples, each as JSON: `classes`; of images `image-size` [C, H, W], `mean` and
  /// `standard-deviation` of each channel, pixels counted from 0 to 1; of texts `lowercases` and `longest-text`.
  ///
  /// - Cost: reads a data set of images, a few tenths of a second.
  private static func inputs(
    _ spec: RunSpec, replicate: Int, _ datasets: DatasetStore
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
      if let dataset = try? datasets.load(manifest.name) {
        let normalization = Normalization(of: dataset, at: dataset.indices(replicate: replicate).training)
        inputs["mean"] = try json(normalization.mean)
        inputs["standard-deviation"] = try json(normalization.deviation)
      }
    case .text(let text): if !text.task.classes.isEmpty { inputs["classes"] = try json(text.task.classes) }
    case .encoder: break
    }
    return inputs
  }

  private static func json(_ value: some Encodable) throws -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    return String(decoding: try encoder.encode(value), as: UTF8.self)
  }
}
