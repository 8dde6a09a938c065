/// Code and machine behind an attempt.
package struct Provenance: Codable, Equatable, Sendable {
  /// Where the work is done; `local` for child processes of this program.
  package var backend: String
  package var host: String
  package var threads: Int
  /// Commit of the workspace; empty outside version control.
  package var commit: String
  /// Whether tracked files differ from that commit.
  package var isDirty: Bool
  /// SHA-256 of the executable.
  package var binaryDigest: String
  /// Compiler and build configuration.
  package var toolchain: String
  package var cpu: String
  /// Version by library name.
  package var libraries: [String: String]

  package init(
    backend: String, host: String, threads: Int, commit: String, isDirty: Bool, binaryDigest: String,
    toolchain: String, cpu: String, libraries: [String: String]
  ) {
    self.backend = backend
    self.host = host
    self.threads = threads
    self.commit = commit
    self.isDirty = isDirty
    self.binaryDigest = binaryDigest
    self.toolchain = toolchain
    self.cpu = cpu
    self.libraries = libraries
  }
}
