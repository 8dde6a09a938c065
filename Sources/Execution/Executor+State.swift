import RunStore

extension Executor {
  /// What is waiting, at work and done while a plan is carried out.
  struct State {
    private(set) var waiting: [RunDecision]
    var live: [LiveWorker] = []
    var summary = ExecutionSummary()
    private(set) var settled = 0
    private(set) var isStopping = false
    let skippedAtOnce: Int
    private var firstReasons: [String?] = []

    init(_ decisions: [RunDecision]) {
      waiting = decisions.filter { $0.action != .skip }
      let skipped = decisions.filter { $0.action == .skip }
      skippedAtOnce = skipped.count
      summary.skipped = skipped.count
      summary.failedBefore = skipped.count { $0.status == .failed || $0.status == .diverged }
      waiting.reverse()
    }

    var isOver: Bool { live.isEmpty && (waiting.isEmpty || isStopping) }

    /// The reason that the first runs share, if they all failed alike.
    var hopelessReason: String? {
      guard firstReasons.count == Executor.hopelessFailures, let reason = firstReasons[0],
        firstReasons.allSatisfy({ $0 == reason })
      else { return nil }
      return reason
    }

    mutating func next() -> RunDecision? {
      isStopping ? nil : waiting.popLast()
    }

    mutating func note(_ standing: RunStanding) {
      settled += 1
      if firstReasons.count < Executor.hopelessFailures {
        firstReasons.append(standing.status == .failed ? standing.reason : nil)
      }
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
