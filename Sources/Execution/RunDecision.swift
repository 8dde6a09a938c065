import Planning
import RunStore

/// What will be done about one run of a plan, and why.
package struct RunDecision: Equatable, Sendable {
  package enum Action: String, Sendable {
    case run
    case resume
    case skip
    /// A run that this one needs is not there and will not be.
    case blocked
  }

  package var run: Plan.Run
  /// Arms that the run serves.
  package var arms: [String]
  package var action: Action
  package var reason: String
  /// Where the run stands now.
  package var status: RunStatus
  /// Step that its newest attempt reached, as far as is known.
  package var step: Int?
  /// Whether earlier checkpoints are thrown away.
  package var startsOver: Bool

  /// Number of the run's newest attempt so far; nil if there is none.
  var previousAttempt: Int?

  /// Whether a worker is to be started.
  package var isToDo: Bool { action == .run || action == .resume }

  /// Name of the run in messages, such as `pdp-0.866 #0 (1a2b3c4d5e6f)`.
  package var title: String { "\(arms.joined(separator: ", ")) #\(run.replicate) (\(run.id))" }

  init(run: Plan.Run, arms: [String], standing: RunStanding?, options: ExecutionOptions) {
    self.run = run
    self.arms = arms
    let status = standing?.status ?? .planned
    let because = standing.map { $0.reason.isEmpty ? "" : ": \($0.reason)" } ?? ""
    let place = standing?.step.map { " at step \($0)" } ?? ""
    self.status = status
    step = standing?.step
    startsOver = false
    previousAttempt = standing?.attempt
    switch status {
    case .planned: (action, reason) = (.run, "never started")
    case .running:
      let host = standing?.host.map { " on '\($0)'" } ?? ""
      (action, reason) = (.skip, "in hand by process \(standing?.pid ?? 0)\(host)")
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

  /// Takes into account what will be done about the runs that this one needs.
  mutating func heed(_ needs: [RunDecision]) {
    guard isToDo else { return }
    if let missing = needs.first(where: { !$0.isToDo && $0.status != .succeeded }) {
      action = .blocked
      reason = missing.whatIsMissing
    } else {
      let pending = needs.filter(\.isToDo)
      if !pending.isEmpty { reason += ", after \(pending.map(\.title).joined(separator: " and "))" }
    }
  }

  /// Why runs that need this one, which is left alone, cannot start.
  private var whatIsMissing: String {
    switch action {
    case .blocked: "needs \(title), which cannot start: \(reason)"
    case .run, .resume, .skip: "needs \(title), which is not done: \(reason)"
    }
  }
}
