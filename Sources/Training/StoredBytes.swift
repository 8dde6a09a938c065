import Kernels
import ModelFiles
import Networks

/// What a network takes on disk: its tensors under their names, without metadata, which would say where they come from.
enum StoredBytes {
  /// As a compact file.
  ///
  /// - Cost: packs every tensor.
  static func compact(_ state: [String: Tensor]) throws -> Int {
    try CompactFile(of: SafetensorsFile(tensors: state, metadata: [:])).encoded().count
  }

  /// As a safetensors file, zeros and all.
  static func dense(_ state: [String: Tensor]) throws -> Int {
    try SafetensorsFile(tensors: state, metadata: [:]).encoded().count
  }
}
