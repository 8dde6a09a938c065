import GRDB

/// Where one run of a plan stands.
package struct RunStanding: Equatable, Sendable, Decodable, FetchableRecord {
  package var run: String
  package var status: RunStatus
  package var reason: String
  package var step: Int?
  /// Number of the newest attempt; nil if it was never started.
  package var attempt: Int?
  /// Process of the newest attempt.
  package var pid: Int?
  /// Machine of the newest attempt; nil if it is this one.
  package var host: String?

  package init(
    run: String, status: RunStatus, reason: String, step: Int?, attempt: Int?, pid: Int?, host: String? = nil
  ) {
    self.run = run
    self.status = status
    self.reason = reason
    self.step = step
    self.attempt = attempt
    self.pid = pid
    self.host = host
  }
}
