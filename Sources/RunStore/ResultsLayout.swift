import Foundation
import Glibc
import Training

/// Where things lie below a workspace's `results`.
package struct ResultsLayout: Equatable, Sendable {
  /// The `results` folder itself.
  package let root: URL
  /// The database; elsewhere only on request.
  package let database: URL

  package init(root: URL, database: URL? = nil) {
    self.root = root.standardizedFileURL
    self.database = database?.standardizedFileURL ?? self.root.appending(path: "results.sqlite")
  }

  package var plans: URL { root.appending(path: "plans", directoryHint: .isDirectory) }
  package var runs: URL { root.appending(path: "runs", directoryHint: .isDirectory) }

  package func plan(_ id: String) -> URL { plans.appending(path: "\(id).json") }
  package func run(_ id: String) -> URL { runs.appending(path: id, directoryHint: .isDirectory) }
  package func spec(_ id: String) -> URL { run(id).appending(path: "spec.json") }
  package func error(_ id: String) -> URL { run(id).appending(path: "error.txt") }
  package func weights(_ id: String) -> URL { run(id).appending(path: "model.safetensors") }

  package func checkpoints(_ id: String) -> URL {
    run(id).appending(path: "checkpoints", directoryHint: .isDirectory)
  }

  package func attempts(_ id: String) -> URL {
    run(id).appending(path: "attempts", directoryHint: .isDirectory)
  }

  package func attempt(_ id: String, _ number: Int) -> URL {
    attempts(id).appending(path: "\(number)", directoryHint: .isDirectory)
  }

  package func journal(_ id: String, _ number: Int) -> URL { attempt(id, number).appending(path: "journal.jsonl") }
  package func log(_ id: String, _ number: Int) -> URL { attempt(id, number).appending(path: "log.txt") }
  package func lock(_ id: String, _ number: Int) -> URL { attempt(id, number).appending(path: "live.lock") }

  package func report(study: String, profile: String) -> URL {
    root.appending(path: "reports/\(study)/\(profile)", directoryHint: .isDirectory)
  }

  /// A journal's name in the database: its path below `root`.
  package func journalName(_ id: String, _ number: Int) -> String { "runs/\(id)/attempts/\(number)/journal.jsonl" }

  /// Bytes free on the disk that holds the results, or will; nil if the system does not say.
  package var freeBytes: Int? {
    var folder = root
    while !FileManager.default.fileExists(atPath: folder.path), folder.pathComponents.count > 1 {
      folder.deleteLastPathComponent()
    }
    let attributes = try? FileManager.default.attributesOfFileSystem(forPath: folder.path)
    return (attributes?[.systemFreeSize] as? NSNumber)?.intValue
  }

  /// Makes sure that results can be written here, creating the folders that every command needs.
  ///
  /// A folder whose mode lets nobody write counts as read-only even for the superuser: its owner meant it.
  package func prepare() throws(RunStoreError) {
    for folder in [root, plans, runs] {
      do {
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
      } catch {
        if (try? isSealed(folder.deletingLastPathComponent())) == true {
          throw .readOnly(path: folder.deletingLastPathComponent().path)
        }
        throw .fileSystem(path: folder.path, operation: "create the folder", reason: plainReason(error))
      }
      if try isSealed(folder) { throw .readOnly(path: folder.path) }
    }
  }

  /// What an error of Foundation's file functions means that came of `operation` at a place below the results folder.
  package func fault(_ error: any Error, in operation: String, at url: URL) -> RunStoreError {
    if systemError(error) == EROFS { return .readOnly(path: root.path) }
    if isDiskFull(error) { return .diskFull(path: url.path) }
    return .fileSystem(path: url.path, operation: operation, reason: plainReason(error))
  }

  /// Ids of all runs that have a folder, sorted.
  package func runIDs() throws(RunStoreError) -> [String] {
    try names(in: runs.path).filter { !$0.hasPrefix(".") }.sorted()
  }

  /// Numbers of a run's attempts, ascending.
  package func attemptNumbers(_ id: String) throws(RunStoreError) -> [Int] {
    // A path of texts: there may be many thousands of runs, and putting URLs together takes longer than looking.
    try names(in: "\(runs.path)/\(id)/attempts").compactMap(Int.init).sorted()
  }

  /// Names of what lies in a folder, in any order; none if there is no such folder.
  private func names(in path: String) throws(RunStoreError) -> [String] {
    guard let folder = opendir(path) else {
      if errno == ENOENT { return [] }
      throw .fileSystem(path: path, operation: "list", reason: String(cString: strerror(errno)).lowercased())
    }
    defer { closedir(folder) }
    var names: [String] = []
    errno = 0
    while let entry = readdir(folder) {
      let name = withUnsafePointer(to: &entry.pointee.d_name) { start in
        start.withMemoryRebound(to: CChar.self, capacity: MemoryLayout.size(ofValue: start.pointee)) {
          String(cString: $0)
        }
      }
      if name != ".", name != ".." { names.append(name) }
      errno = 0
    }
    guard errno == 0 else {
      throw .fileSystem(path: path, operation: "list", reason: String(cString: strerror(errno)).lowercased())
    }
    return names
  }

  private func isSealed(_ folder: URL) throws(RunStoreError) -> Bool {
    let mode: Int
    do {
      let attributes = try FileManager.default.attributesOfItem(atPath: folder.path)
      mode = (attributes[.posixPermissions] as? NSNumber)?.intValue ?? 0o777
    } catch {
      throw .fileSystem(path: folder.path, operation: "look at", reason: plainReason(error))
    }
    return mode & 0o222 == 0 || !FileManager.default.isWritableFile(atPath: folder.path)
  }
}

/// The reason in an error of Foundation's file functions, without the path, which our messages name themselves.
func plainReason(_ error: any Error) -> String {
  systemError(error).map { String(cString: strerror($0)).lowercased() } ?? (error as NSError).localizedDescription
}

/// The system's number in an error of Foundation's file functions, nil if it has none.
private func systemError(_ error: any Error) -> Int32? {
  let cocoa = error as NSError
  let cause = (cocoa.userInfo[NSUnderlyingErrorKey] as? any Error).map { $0 as NSError } ?? cocoa
  return cause.domain == NSPOSIXErrorDomain ? Int32(cause.code) : nil
}
