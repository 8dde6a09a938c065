import Foundation
import Kernels
import Networks

extension FuzzReader {
  private static let tokens =
    jsonTokens + ["__metadata__", "\"dtype\":\"F32\"", "\"I64\"", "\"shape\":[0]", "data_offsets", "weight_map"]

  static let weights = [
    FuzzReader(name: "safetensors", tokens: tokens) { _ in
      { input in
        let file = try SafetensorsFile(input.data, path: "model.safetensors")
        let bytes =
          file.tensors.values.reduce(0) { $0 + 4 * $1.count }
          + file.integers.values.reduce(0) { $0 + 8 * $1.values.count }
        try require(bytes <= input.bytes.count, "\(bytes) bytes of elements from a file of \(input.bytes.count)")
      }
    },
    // A checkpoint in two files, one of the folder's files changed.
    FuzzReader(name: "encoder-folder", tokens: tokens) { scratch in
      let folder = try ScratchFolder(scratch.appending(path: "encoder"), of: "encoder-folder")
      return { input in
        try folder.put(input)
        _ = try PretrainedEncoder(folder: folder.url)
      }
    },
  ]
}
