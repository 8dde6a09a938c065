/// Where a run or an attempt stands.
package enum RunStatus: String, Codable, Sendable, CaseIterable {
  /// In a plan, never started.
  case planned
  case running
  case succeeded
  case failed
  /// The loss stopped being finite: a result, not an accident.
  case diverged
  /// Stopped on request with a checkpoint.
  case interrupted
  /// Its process is gone without having said how it ended.
  case lost
}
