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
  /// With `shrinking`, a network whose channels were pruned is without them. With `normalizing`, the metadata have what
  /// the run's training images were normalised by, if the data set is there. Names of classes are those of the manifest in
  /// `datasets` if the run's data are just that data set.
  ///
  /// - Throws: `RunAuditError`, `.weightsChanged` if the file is not the one that the run recorded; `WeightsError`;
  ///   `RunStoreError.unknownRun`.
  package func model(of run: String, shrinking: Bool, normalizing: Bool = false, datasets: DatasetStore) throws
    -> SafetensorsFile
  {
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
    model.metadata.merge(try Self.inputs(spec, row, datasets, normalizing: normalizing)) { _, new in new }
    return model
  }

  static func json(_ value: some Encodable) throws -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    return String(decoding: try encoder.encode(value), as: UTF8.self)
  }
}
