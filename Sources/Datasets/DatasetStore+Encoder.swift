import Foundation

extension DatasetStore {
  /// Names of the files of a user's encoder that are not there; the weights may be in one file or in shards.
  func missingEncoderFiles(of manifest: Manifest) -> [String] {
    func isThere(_ name: String) -> Bool {
      FileManager.default.fileExists(atPath: root.appending(path: manifest.name).appending(path: name).path)
    }
    var missing = ["config.json", "vocab.txt"].filter { !isThere($0) }
    if !isThere("model.safetensors"), !isThere("model.safetensors.index.json") { missing.append("model.safetensors") }
    return missing
  }
}
