import Digests
import Foundation

/// Which code does the work.
package struct CodeState: Codable, Equatable, Sendable {
  /// Commit of the workspace; empty outside version control.
  package var commit: String
  /// Whether tracked files differ from that commit.
  package var isDirty: Bool
  /// SHA-256 of the executable.
  package var binaryDigest: String

  package init(commit: String, isDirty: Bool, binaryDigest: String) {
    self.commit = commit
    self.isDirty = isDirty
    self.binaryDigest = binaryDigest
  }

  /// The state of `workspace` and of the executable.
  ///
  /// Outside version control, or without `git`, the commit stays empty: provenance is recorded as far as it is known.
  ///
  /// - Cost: two calls of `git` and one digest of the executable.
  package static func current(workspace: URL, executable: URL) -> CodeState {
    let commit = git(["rev-parse", "HEAD"], in: workspace) ?? ""
    let changes = git(["status", "--porcelain", "--untracked-files=no"], in: workspace) ?? ""
    let digest = (try? SHA256Digest(ofFileAt: executable).description) ?? ""
    return CodeState(commit: commit, isDirty: !changes.isEmpty, binaryDigest: digest)
  }

  private static func git(_ arguments: [String], in workspace: URL) -> String? {
    let process = Process()
    process.executableURL = URL(filePath: "/usr/bin/env")
    process.arguments = ["git", "-C", workspace.path] + arguments
    let output = Pipe()
    process.standardOutput = output
    process.standardError = FileHandle.nullDevice
    process.standardInput = FileHandle.nullDevice
    guard (try? process.run()) != nil else { return nil }
    let data = output.fileHandleForReading.readDataToEndOfFile()
    process.waitUntilExit()
    guard process.terminationStatus == 0 else { return nil }
    return String(decoding: data, as: UTF8.self).trimmingCharacters(in: .whitespacesAndNewlines)
  }
}
