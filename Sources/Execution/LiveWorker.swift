import Planning

/// A worker at work on a run.
struct LiveWorker {
  let decision: RunDecision
  let process: WorkerProcess
  /// The run's newest attempt before this worker; nil if there was none.
  let previousAttempt: Int?
  var progress: RunProgress

  init(_ decision: RunDecision, _ process: WorkerProcess, epochs: Int) {
    self.decision = decision
    self.process = process
    previousAttempt = decision.previousAttempt
    progress = RunProgress(title: decision.title, run: decision.run.id, epochs: epochs)
  }
}
