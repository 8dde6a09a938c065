import Foundation
import Networks

/// A folder of a test's own for cases, removed with this object.
final class TemporaryFolder {
  let url: URL

  init() throws {
    url = FileManager.default.temporaryDirectory.appending(path: "conformance-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
  }

  deinit { try? FileManager.default.removeItem(at: url) }

  /// Writes a case under `name`.
  func write(_ file: SafetensorsFile, as name: String) throws -> URL {
    let target = url.appending(path: "\(name).safetensors")
    try file.encoded().write(to: target)
    return target
  }
}
