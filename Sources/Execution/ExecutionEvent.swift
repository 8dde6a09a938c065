import RunStore

/// Something that happens while a plan is carried out.
package enum ExecutionEvent: Sendable {
  /// Before anything is started: every run of the plan with what will be done about it.
  case decided([RunDecision])
  case started(RunDecision, pid: Int)
  /// All live runs; sent several times a second.
  case progress([RunProgress], done: Int, total: Int)
  case ended(RunDecision, status: RunStatus, reason: String, RunProgress, logTail: [String])
  /// A run that was to be done cannot start, because one that it needs did not succeed.
  case blocked(RunDecision, reason: String)
  /// The rest was given up, and why.
  case gaveUp(reason: String)
}
