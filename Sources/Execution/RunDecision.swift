import Planning
import RunStore

/// What will be done about one run of a plan, and why.
package struct RunDecision: Equatable, Sendable {
  package enum Action: String, Sendable {
    case run
    case resume
    case skip
  }

  package var run: Plan.Run
  /// Arms that the run serves.
  package var arms: [String]
  package var action: Action
  package var reason: String
  /// Where the run stands now.
  package var status: RunStatus
  /// Whether earlier checkpoints are thrown away.
  package var startsOver: Bool

  /// Number of the run's newest attempt so far; nil if there is none.
  var previousAttempt: Int?

  /// Name of the run in messages, such as `pdp-0.866 #0 (1a2b3c4d5e6f)`.
  package var title: String { "\(arms.joined(separator: ", ")) #\(run.replicate) (\(run.id))" }

  init(run: Plan.Run, arms: [String], standing: RunStanding?, options: ExecutionOptions) {
    self.run = run
    self.arms = arms
    let status = standing?.status ?? .planned
    let because = standing.map { $0.reason.isEmpty ? "" : ": \($0.reason)" } ?? ""
    let place = standing?.step.map { " at step \($0)" } ?? ""
    self.status = status
    startsOver = false
    previousAttempt = standing?.attempt
    switch status {
    case .planned: (action, reason) = (.run, "never started")
    case .running: (action, reason) = (.skip, "in hand by process \(standing?.pid ?? 0)")
    case .interrupted: (action, reason) = (.resume, "interrupted\(place)")
    case .lost: (action, reason) = (.resume, "lost\(place)")
    case .succeeded, .diverged, .failed:
      if options.redoesFinished {
        (action, reason) = (.run, "\(status.rawValue), and --force is given")
        startsOver = true
      } else if status == .failed, options.retriesFailed {
        (action, reason) = (.resume, "failed, and --retry-failed is given")
      } else if status == .failed {
        (action, reason) = (.skip, "failed\(because)")
      } else {
        (action, reason) = (.skip, status == .succeeded ? "already done" : "diverged\(because)")
      }
    }
  }
}
