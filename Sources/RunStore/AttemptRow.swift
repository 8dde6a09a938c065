import GRDB

/// One attempt at a run, with the circumstances that are recorded but not part of the run's identity.
package struct AttemptRow: Equatable, Sendable, Codable, FetchableRecord {
  package var run: String
  package var n: Int
  package var plan: String
  /// First step that it reported on; older attempts' points from there on are superseded.
  package var firstStep: Int?
  package var backend: String
  package var host: String
  package var pid: Int
  package var threads: Int
  package var codeCommit: String
  package var isDirty: Bool
  package var binaryDigest: String
  package var toolchain: String
  package var cpu: String
  /// JSON object: version by library name.
  package var libraries: String
  package var status: RunStatus
  package var reason: String
  package var exitCode: Int?
  package var step: Int?
  package var peakMemoryBytes: Int?
  package var startedAt: Double
  package var beatAt: Double
  package var endedAt: Double?
}
