import Foundation

extension DatasetStore {
  /// Brings the missing files of a data set in, with the package client that its manifest names.
  ///
  /// Files appear complete and verified or not at all. What is there already stays: a file that differs from the
  /// manifest is an error, never fetched over.
  ///
  /// - Parameters:
  ///   - name: Of the data set.
  ///   - environment: Variables of the programs that it runs; `PATH` finds them.
  ///   - stallSeconds: How long a program may write nothing.
  ///   - progress: Told about ten times a second how far it has come, on the calling thread; returns whether to go on.
  /// - Returns: Whether anything had to be fetched.
  /// - Throws: any `DatasetError`.
  @discardableResult
  package func fetch(
    _ name: String, environment: [String: String] = ProcessInfo.processInfo.environment, stallSeconds: Int = 180,
    progress: (FetchProgress) -> Bool = { _ in true }
  ) throws(DatasetError) -> Bool {
    try fetch(
      name, environment: environment, stallSeconds: stallSeconds, availableBytes: freeBytes, progress: progress)
  }

  func fetch(
    _ name: String, environment: [String: String], stallSeconds: Int, availableBytes: (URL) throws -> Int,
    progress: (FetchProgress) -> Bool
  ) throws(DatasetError) -> Bool {
    let manifest = try manifest(name)
    switch state(of: manifest) {
    case .fetched: return false
    case .userProvided: throw userProvided(manifest)
    case .corrupt(let faults):
      if let first = faults.first { throw first }
      return false
    case .missing(let names):
      removeAbandonedStaging()
      let staging = root.appending(path: "\(stagingPrefix)\(name)-\(ProcessInfo.processInfo.processIdentifier)")
      try withoutActuallyEscaping(progress) { (progress) throws(DatasetError) in
        try withoutActuallyEscaping(availableBytes) { (availableBytes) throws(DatasetError) in
          try DatasetFetch(
            store: self, manifest: manifest, staging: staging, environment: environment,
            availableBytes: availableBytes, stallSeconds: stallSeconds, progress: progress
          ).run(names)
        }
      }
      return true
    }
  }

  /// Removes what fetches left behind whose process was killed.
  private func removeAbandonedStaging() {
    let entries = (try? FileManager.default.contentsOfDirectory(atPath: root.path)) ?? []
    for entry in entries where entry.hasPrefix(stagingPrefix) {
      guard let process = entry.split(separator: "-").last.flatMap({ pid_t(String($0)) }) else { continue }
      let isAlive = process != ProcessInfo.processInfo.processIdentifier && (kill(process, 0) == 0 || errno == EPERM)
      // What cannot be removed is in nobody's way.
      if !isAlive { try? FileManager.default.removeItem(at: root.appending(path: entry)) }
    }
  }
}

private let stagingPrefix = ".fetch-"

/// Bytes that may still be written on the disk of a folder.
private func freeBytes(at url: URL) throws -> Int {
  let attributes = try FileManager.default.attributesOfFileSystem(forPath: url.path)
  return (attributes[.systemFreeSize] as? NSNumber)?.intValue ?? Int.max
}
