/// What came of carrying out a plan.
package struct ExecutionSummary: Equatable, Sendable {
  /// Runs finished now.
  package var done = 0
  /// Runs that were finished before, or left alone for another reason.
  package var skipped = 0
  /// Those of them that another process has in hand.
  package var inHand = 0
  /// Runs that failed or diverged now.
  package var failed = 0
  /// Runs of the plan that are neither finished, failed nor diverged.
  package var left = 0
  /// Those of them that could not start, because a run that they need is not there.
  package var blocked = 0
  /// Runs that failed or diverged earlier and were left alone.
  package var failedBefore = 0
  package var isInterrupted = false
  /// Whether a second request to stop cut the first one short.
  package var isKilled = false

  package init() {}
}
