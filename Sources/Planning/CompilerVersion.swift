import Foundation
import Glibc

/// What the compiler said of its version, kept as long as its files are the same: asking takes a quarter of a second.
struct CompilerVersion {
  let compiler: URL
  let cacheDirectory: URL

  /// What the compiler says, from the last time or from `ask`.
  ///
  /// - Throws: what `ask` throws.
  func text(ask: () throws(PlanningError) -> String) throws(PlanningError) -> String {
    guard let identity else { return try ask() }
    if let known = try? JSONDecoder().decode(Entry.self, from: Data(contentsOf: file)), known.identity == identity {
      return known.version
    }
    let version = try ask()
    // Without the file it is asked again each time.
    try? FileManager.default.createDirectory(at: cacheDirectory, withIntermediateDirectories: true)
    try? JSONEncoder().encode(Entry(identity: identity, version: version)).write(to: file, options: .atomic)
    return version
  }

  private struct Entry: Codable {
    var identity: [String]
    var version: String
  }

  private var file: URL { cacheDirectory.appending(path: "compiler-version.json") }

  /// What changes with the compiler's files; nil for one that is only a way to another, such as a chooser of toolchains:
  /// beside those there is no `swift-frontend`.
  private var identity: [String]? {
    let driver = compiler.resolvingSymlinksInPath()
    let frontend = driver.deletingLastPathComponent().appending(path: "swift-frontend").resolvingSymlinksInPath()
    guard let first = Self.identity(of: driver), let second = Self.identity(of: frontend) else { return nil }
    return [first, second]
  }

  private static func identity(of file: URL) -> String? {
    var status = stat()
    guard stat(file.path, &status) == 0 else { return nil }
    let times = [status.st_mtim, status.st_ctim].map { "\($0.tv_sec).\($0.tv_nsec)" }
    return "\(file.path) \(status.st_dev) \(status.st_ino) \(status.st_size) \(times.joined(separator: " "))"
  }
}
