import Foundation
import Kernels
import ModelFiles
import Networks

extension FuzzReader {
  private static let tokens =
    jsonTokens + ["__metadata__", "\"dtype\":\"F32\"", "\"I64\"", "\"shape\":[0]", "data_offsets", "weight_map"]

  private static let compactTokens =
    jsonTokens + [
      "\u{1A}", "\"dtype\":\"I64\"", "\"shape\":[0]", "\"shape\":[281474976710656]", "\"encoding\":\"dense\"",
      "\"encoding\":\"bitmask\"", "\"encoding\":\"gaps\"", "\"encoding\":\"groups\"", "\"values\":0", "\"bits\":8",
      "\"codes\":4", "\"keeping\":2", "\"of\":4", "\"offsets\":[0,0]", "9223372036854775807",
    ]

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
    FuzzReader(name: "compact", tokens: compactTokens) { _ in
      { input in
        let data = input.isSealed ? Seal.compact(input.data) : input.data
        let file = try CompactFile(data, path: "model.pdpc").contents(path: "model.pdpc")
        let bytes =
          file.tensors.values.reduce(0) { $0 + 4 * $1.count }
          + file.integers.values.reduce(0) { $0 + 8 * $1.values.count }
        try require(bytes <= 1024 * data.count, "\(bytes) bytes of elements from a file of \(data.count)")
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
