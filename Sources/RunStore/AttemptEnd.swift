/// How an attempt ended.
package struct AttemptEnd: Codable, Equatable, Sendable {
  package var status: RunStatus
  /// Why, in one line; empty for `succeeded`.
  package var reason: String
  /// Optimizer steps done; nil where the process died without saying.
  package var step: Int?
  /// SHA-256 of the exported weights; nil unless succeeded.
  package var weightsDigest: String?
  /// Exit code of the process, or 128 + signal; nil where the process wrote this line itself.
  package var exitCode: Int?
  package var peakMemoryBytes: Int?

  package init(
    status: RunStatus, reason: String, step: Int?, weightsDigest: String?, exitCode: Int?, peakMemoryBytes: Int?
  ) {
    self.status = status
    self.reason = reason
    self.step = step
    self.weightsDigest = weightsDigest
    self.exitCode = exitCode
    self.peakMemoryBytes = peakMemoryBytes
  }
}
