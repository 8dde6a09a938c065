import Datasets
import Foundation
import ModelFiles
import Networks
import RunStore

extension ExportCommand {
  /// Writes the weights of the one target.
  func exportModel(as format: ModelFormat, to url: URL) throws {
    // Before anything that takes time.
    try NewFile.refuseExisting(url)
    let target = ModelTarget(targets.first ?? "")
    switch format {
    case .safetensors:
      let model = try weights(of: target, shrinking: false)
      let bytes = try model.encoded()
      try NewFile.write(bytes, to: url)
      Console.output("\(out): \(Format.counted(model.tensors.count, "tensor")), \(Format.bytes(bytes.count))")
    case .compact:
      let model = try weights(of: target, shrinking: true)
      let compact = CompactFile(of: model)
      let bytes = try compact.encoded()
      try NewFile.write(bytes, to: url)
      let dense = try
        (model.metadata["channels"] == nil || target.isFile ? model : self.weights(of: target, shrinking: false))
        .encoded()
      let encodings = compact.encodings.map { "\($0.tensors) \($0.word)" }.joined(separator: ", ")
      Console.output("\(out): \(Format.counted(model.tensors.count, "tensor")): \(encodings)")
      let sizes = [
        ("compact", bytes.count), ("dense safetensors", dense.count),
        ("dense under zstd -\(Zstandard.level)", Zstandard.compressedBytes(of: dense)),
      ]
      Console.output(
        TextTable(
          columns: ["format", "bytes", "share"],
          rows: sizes.map { name, count in
            [.text(name), .number("\(count)"), .number(Format.percent(Double(count) / Double(dense.count)))]
          }
        ).text(.table))
    }
  }

  /// What a file holds, or the weights of a run with where they come from.
  func weights(of target: ModelTarget, shrinking: Bool) throws -> SafetensorsFile {
    if target.isFile { return try target.readFile().contents }
    let store = try global.openStore()
    return try store.model(
      of: store.runID(startingWith: target.text), shrinking: shrinking, normalizing: true,
      datasets: DatasetStore(root: global.datasets))
  }
}
