/// What can be wrong with a file of weights.
package enum WeightsError: Error, Equatable, CustomStringConvertible {
  case unreadable(path: String, reason: String)
  case malformed(path: String, fault: String)
  /// A compact file that is not what was written.
  case malformedCompact(path: String, fault: String)
  /// A compact file in a version of its format that is not known yet.
  case newerCompact(path: String, version: UInt64, known: UInt64)
  case unsupportedType(path: String, tensor: String, type: String)
  /// An entry of a file's metadata that is not as this program writes it.
  case unusableMetadata(path: String, key: String, fault: String)
  /// A number of a tensor is infinite or not a number.
  case notFinite(path: String, tensor: String)
  /// What a pre-trained encoder's configuration says that this engine does not compute.
  case unsupportedEncoder(path: String, faults: [String])
  /// The list of a sharded checkpoint's files.
  case malformedIndex(path: String, fault: String)
  /// A folder without weights in this format.
  case noWeights(folder: String, other: String?)
  case vocabularyTooLarge(tokens: Int, rows: Int)
  case mismatch(missing: [String], unused: [String], misshapen: [String])

  package var description: String {
    switch self {
    case .unreadable(let path, let reason):
      "weights file '\(path)' cannot be read: \(reason)"
    case .malformed(let path, let fault):
      "weights file '\(path)' is not a valid safetensors file: \(fault); export or copy it again"
    case .malformedCompact(let path, let fault):
      "weights file '\(path)' is not a whole compact file: \(fault); export or copy it again"
    case .newerCompact(let path, let version, let known):
      "weights file '\(path)' is a compact file of version \(version), this pdp-study reads version \(known); update "
        + "pdp-study, or have it exported as safetensors where it was made"
    case .unsupportedType(let path, let tensor, let type):
      "weights file '\(path)': tensor '\(tensor)' has element type '\(type)', expected F32 or I64"
    case .unusableMetadata(let path, let key, let fault):
      "weights file '\(path)' has metadata '\(key)' that cannot be used: \(fault); export it again from its run"
    case .notFinite(let path, let tensor):
      "weights file '\(path)': tensor '\(tensor)' holds a number that is infinite or none; take another checkpoint"
    case .unsupportedEncoder(let path, let faults):
      "encoder configuration '\(path)' cannot be used: \(faults.joined(separator: "; ")); take a BERT checkpoint"
    case .malformedIndex(let path, let fault):
      "index of weights '\(path)' cannot be used: \(fault); copy the folder again"
    case .noWeights(let folder, let other):
      "folder '\(folder)' has no 'model.safetensors' and no 'model.safetensors.index.json'"
        + (other.map { "; save '\($0)' as safetensors first" } ?? "; give the folder of a checkpoint")
    case .vocabularyTooLarge(let tokens, let rows):
      "the vocabulary has \(tokens) tokens, the encoder rows for \(rows): they are not of one checkpoint"
    case .mismatch(let missing, let unused, let misshapen):
      "weights do not fit the network: "
        + [
          missing.isEmpty ? nil : "missing \(quoted(missing))",
          unused.isEmpty ? nil : "not in the network \(quoted(unused))",
          misshapen.isEmpty ? nil : misshapen.joined(separator: ", "),
        ].compactMap(\.self).joined(separator: "; ")
    }
  }

  private func quoted(_ names: [String]) -> String { names.map { "'\($0)'" }.joined(separator: ", ") }
}
