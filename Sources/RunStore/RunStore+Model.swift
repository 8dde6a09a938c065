import Datasets
import Digests
import Foundation
import Networks
import Planning
import Pruning

extension RunStore {
  /// The exported weights of a run, with where they come from as metadata.
  ///
  /// With `shrinking`, a network whose channels were pruned is without them. Names of classes are those of the manifest in
  /// `datasets` if the run's data are just that data set.
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
    if shrinking, spec.pruning.structure.kind == .channels {
      let shrunk = try AuditedNetwork(spec.model, from: url).shrunk()
      model.tensors = shrunk.state
      model.metadata["channels"] = try Self.json(shrunk.channels)
    }
    model.metadata["run"] = run
    model.metadata["study"] = row.study
    model.metadata["profile"] = row.profile
    model.metadata["arm"] = row.arm
    model.metadata["replicate"] = "\(row.replicate)"
    model.metadata["numerics"] = row.numerics.map { "\($0)" }
    model.metadata["sparsity"] = row.sparsityAchieved.map { "\($0)" }
    model.metadata["dataset"] = row.dataset
    if let classes = try Self.classes(of: spec, datasets) { model.metadata["classes"] = classes }
    return model
  }

  private static func classes(of spec: RunSpec, _ datasets: DatasetStore) throws -> String? {
    guard let manifest = try? datasets.manifest(spec.data.dataset), manifest.fingerprint == spec.data.fingerprint,
      case .images(let images) = manifest.content, !images.classes.isEmpty
    else { return nil }
    return try json(images.classes)
  }

  private static func json(_ value: some Encodable) throws -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    return String(decoding: try encoder.encode(value), as: UTF8.self)
  }
}
