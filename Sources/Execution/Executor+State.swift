import Planning
import RunStore

extension Executor {
  /// What is waiting, at work and done while a plan is carried out.
  struct State {
    /// In the plan's order, in which a run comes behind those that it needs.
    private(set) var waiting: [RunDecision]
    var live: [LiveWorker] = []
    var summary = ExecutionSummary()
    private(set) var settled = 0
    private(set) var isStopping = false
    let toDo: Int
    private var firstReasons: [String?] = []
    /// Runs that are to be done and have not ended.
    private var pending: Set<String>
    /// Runs that were to be done and are not, with why.
    private var missing: [String: String] = [:]

    init(_ decisions: [RunDecision]) {
      waiting = decisions.filter(\.isToDo)
      toDo = waiting.count
      pending = Set(waiting.map(\.run.id))
      let skipped = decisions.filter { $0.action == .skip }
      summary.skipped = skipped.count
      summary.inHand = skipped.count { $0.status == .running }
      summary.failedBefore = skipped.count { $0.status == .failed || $0.status == .diverged }
      summary.blocked = decisions.count { $0.action == .blocked }
      summary.left = summary.blocked
    }

    var isOver: Bool { live.isEmpty && (waiting.isEmpty || isStopping) }

    /// The reason that the first runs share, if they all failed alike.
    var hopelessReason: String? {
      guard firstReasons.count == Executor.hopelessFailures, let reason = firstReasons[0],
        firstReasons.allSatisfy({ $0 == reason })
      else { return nil }
      return reason
    }

    /// The first run in order that needs nothing more; nil if there is none yet.
    mutating func next() -> RunDecision? {
      guard !isStopping,
        let index = waiting.firstIndex(where: { ($0.run.needs ?? []).allSatisfy { !pending.contains($0) } })
      else { return nil }
      return waiting.remove(at: index)
    }

    /// Takes out the runs that cannot start any more, each with the reason.
    mutating func takeBlocked() -> [(decision: RunDecision, reason: String)] {
      guard !isStopping, !missing.isEmpty else { return [] }
      var blocked: [(decision: RunDecision, reason: String)] = []
      for decision in waiting {
        guard let need = decision.run.needs?.first(where: { missing[$0] != nil }), let why = missing[need] else {
          continue
        }
        let reason = "needs \(why)"
        blocked.append((decision, reason))
        end(decision, missing: "\(decision.title), which cannot start: \(reason)")
        settled += 1
        summary.left += 1
        summary.blocked += 1
      }
      waiting.removeAll { missing[$0.run.id] != nil }
      return blocked
    }

    mutating func note(_ decision: RunDecision, _ standing: RunStanding) {
      settled += 1
      let because = standing.reason.isEmpty ? "" : ": \(standing.reason)"
      let ending =
        switch standing.status {
        case .succeeded: nil as String?
        case .failed, .diverged: standing.status.rawValue
        case .planned, .running, .interrupted, .lost: "is \(standing.status.rawValue)"
        }
      end(decision, missing: ending.map { "\(decision.title), which \($0)\(because)" })
      if firstReasons.count < Executor.hopelessFailures {
        firstReasons.append(standing.status == .failed ? standing.reason : nil)
      }
    }

    mutating func noteInHand(_ decision: RunDecision) {
      summary.skipped += 1
      summary.inHand += 1
      end(decision, missing: "\(decision.title), which is in hand by another process")
    }

    private mutating func end(_ decision: RunDecision, missing reason: String?) {
      pending.remove(decision.run.id)
      missing[decision.run.id] = reason
    }

    /// Starts nothing more and asks the live workers to stop.
    mutating func stop() {
      guard !isStopping else { return }
      isStopping = true
      summary.left += waiting.count
      for worker in live { worker.process.stop() }
    }
  }
}
