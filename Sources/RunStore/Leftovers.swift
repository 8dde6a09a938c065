import Foundation
import Glibc

/// Something below `results` that no run needs.
package struct Leftover: Equatable, Sendable {
  package let url: URL
  /// Allocated bytes, with everything inside.
  package let bytes: Int
  /// Such as `draft of a checkpoint`.
  package let what: String
}

/// Finds what can be deleted without losing a result.
package struct Leftovers {
  private let store: RunStore
  private var layout: ResultsLayout { store.layout }

  package init(of store: RunStore) {
    self.store = store
  }

  /// What writers left that died in the middle: drafts of attempts, checkpoints and imports, and room kept on the disk.
  ///
  /// Runs in hand are left alone.
  package func drafts() throws(RunStoreError) -> [Leftover] {
    var found: [Leftover] = []
    for url in try children(of: layout.root) where url.lastPathComponent.hasPrefix(".import-") {
      found.append(leftover(url, "draft of an import"))
    }
    for run in try layout.runIDs() where try !isInHand(run) {
      for url in try children(of: layout.attempts(run)) where url.lastPathComponent.hasPrefix(".draft-") {
        found.append(leftover(url, "draft of an attempt"))
      }
      for number in try layout.attemptNumbers(run) {
        let reserve = layout.attempt(run, number).appending(path: ".reserve")
        if FileManager.default.fileExists(atPath: reserve.path) {
          found.append(leftover(reserve, "room kept on the disk"))
        }
      }
      for url in try children(of: layout.checkpoints(run)) where url.lastPathComponent.hasPrefix(".step-") {
        found.append(leftover(url, "draft of a checkpoint"))
      }
    }
    return found
  }

  /// Checkpoints of runs that have succeeded; their exported weights stay.
  package func finishedCheckpoints() throws(RunStoreError) -> [Leftover] {
    var found: [Leftover] = []
    for run in try store.runs(status: .succeeded).map(\.run).sorted() {
      let folder = layout.checkpoints(run)
      guard FileManager.default.fileExists(atPath: folder.path), try !isInHand(run) else { continue }
      found.append(leftover(folder, "checkpoints of a finished run"))
    }
    return found
  }

  /// Folders of runs that no plan has any more.
  package func orphans() throws(RunStoreError) -> [Leftover] {
    let planned = try store.plannedRuns()
    var found: [Leftover] = []
    for run in try layout.runIDs() where !planned.contains(run) {
      if try isInHand(run) { continue }
      found.append(leftover(layout.run(run), "run of no plan"))
    }
    return found
  }

  private func isInHand(_ run: String) throws(RunStoreError) -> Bool {
    let numbers = try layout.attemptNumbers(run)
    return numbers.contains { FileLock.isHeld(layout.lock(run, $0)) }
  }

  private func children(of folder: URL) throws(RunStoreError) -> [URL] {
    guard FileManager.default.fileExists(atPath: folder.path) else { return [] }
    do {
      return try FileManager.default.contentsOfDirectory(at: folder, includingPropertiesForKeys: nil)
        .sorted { $0.path < $1.path }
    } catch {
      throw .fileSystem(path: folder.path, operation: "list", reason: plainReason(error))
    }
  }

  private func leftover(_ url: URL, _ what: String) -> Leftover {
    let inside = FileManager.default.enumerator(at: url, includingPropertiesForKeys: [.totalFileAllocatedSizeKey])
    var bytes = Self.allocated(url)
    for case let file as URL in inside ?? .init() { bytes += Self.allocated(file) }
    return Leftover(url: url, bytes: bytes, what: what)
  }

  private static func allocated(_ url: URL) -> Int {
    var status = stat()
    return lstat(url.path, &status) == 0 ? Int(status.st_blocks) * 512 : 0
  }
}
