import Foundation
import Training

/// Files for use elsewhere, which never take the place of others.
package enum NewFile {
  /// Writes `data` to a temporary name, then renames it to `url`.
  ///
  /// - Throws: `RunStoreError.fileSystem` if there is something under that name, `.diskFull`.
  package static func write(_ data: Data, to url: URL) throws(RunStoreError) {
    try refuseExisting(url)
    do { try data.write(to: url, options: .atomic) } catch {
      if isDiskFull(error) { throw .diskFull(path: url.path) }
      throw .fileSystem(path: url.path, operation: "write", reason: plainReason(error))
    }
  }

  /// - Throws: `RunStoreError.fileSystem` if there is something at `url`.
  package static func refuseExisting(_ url: URL) throws(RunStoreError) {
    guard !FileManager.default.fileExists(atPath: url.path) else {
      throw .fileSystem(path: url.path, operation: "write", reason: "it is there already; choose another name")
    }
  }
}
