import Digests
import Foundation

/// Values of studies that were compiled, evaluated and found valid, by everything that they depend on.
struct StudyCache {
  let directory: URL

  enum Entry {
    case found(Data)
    case missing
    /// The file at this path is not what was stored.
    case broken(String)
  }

  func entry(for key: SHA256Digest) -> Entry {
    let url = file(for: key)
    guard let stored = FileManager.default.contents(atPath: url.path) else { return .missing }
    // The value's digest in 64 digits, a line break, the value.
    let value = stored.dropFirst(65)
    guard stored.prefix(65) == Self.heading(of: value) else { return .broken(url.path) }
    return .found(Data(value))
  }

  /// Keeps `value`; returns a warning if that is impossible, because a study is usable without a cache.
  func store(_ value: Data, for key: SHA256Digest) -> String? {
    let url = file(for: key)
    let stored = Self.heading(of: value) + value
    if FileManager.default.contents(atPath: url.path) == stored { return nil }
    do {
      try FileManager.default.createDirectory(
        at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
      try stored.write(to: url, options: .atomic)
      return nil
    } catch {
      return "cache entry '\(url.path)' cannot be written: \(reason(of: error)); the study is compiled again each time"
    }
  }

  private func file(for key: SHA256Digest) -> URL {
    directory.appending(path: "studies/\(key).json")
  }

  private static func heading(of value: Data) -> Data {
    Data("\(SHA256Digest(of: value))\n".utf8)
  }
}
