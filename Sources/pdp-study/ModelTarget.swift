import Foundation
import ModelFiles
import RunStore

/// A word that stands for weights: a file of them, or the beginning of a run's id.
struct ModelTarget {
  let text: String

  init(_ text: String) {
    self.text = text
  }

  /// Ids are hexadecimal; everything that looks like a path is one.
  var isFile: Bool { text.contains("/") || text.contains(".") }

  /// - Throws: `UsageError` if there is no such file; `WeightsError`.
  func readFile() throws -> ModelFile {
    let url = URL(filePath: text)
    guard FileManager.default.fileExists(atPath: url.path) else {
      throw UsageError(
        "weights file '\(Console.printable(text))' is not there; name a .safetensors or .pdpc file, or a run")
    }
    return try ModelFile(readingFrom: url)
  }
}
