/// How a plan is carried out.
package struct ExecutionOptions: Equatable, Sendable {
  /// Worker processes at a time.
  package var jobs: Int
  /// Whether the first failure stops the others.
  package var failsFast: Bool
  /// Whether failed runs are tried again.
  package var retriesFailed: Bool
  /// Whether finished runs are done again from the start.
  package var redoesFinished: Bool

  package init(
    jobs: Int = 1, failsFast: Bool = false, retriesFailed: Bool = false, redoesFinished: Bool = false
  ) {
    self.jobs = jobs
    self.failsFast = failsFast
    self.retriesFailed = retriesFailed
    self.redoesFinished = redoesFinished
  }
}
