import Foundation
import Planning
import RunStore
import Training

/// Carries out a frozen plan with worker processes on this machine.
///
/// It starts workers, follows their journals and folds them into the database; it never writes a result itself. Only
/// for a worker that died without a word does it write the last line of the journal.
package struct Executor {
  /// Runs that must fail in the same way, before any other ends, for the plan to be given up.
  static let hopelessFailures = 3
  private static let pollingInterval = 0.05
  /// How the reason of a run begins that ended because the disk is full.
  private static let diskFull = "disk full"

  private let store: RunStore
  private let plan: Plan
  private let options: ExecutionOptions
  private let report: (ExecutionEvent) -> Void
  private let stopRequests: () -> Int

  /// An executor of `plan`.
  ///
  /// `stopRequests` tells how often the user asked to stop: the first stops gently, the second at once. `report` is
  /// called with everything worth showing.
  package init(
    store: RunStore, plan: Plan, options: ExecutionOptions, stopRequests: @escaping () -> Int,
    report: @escaping (ExecutionEvent) -> Void
  ) {
    self.store = store
    self.plan = plan
    self.options = options
    self.stopRequests = stopRequests
    self.report = report
  }

  /// What is to be done about each of `runs`, and about the runs that they need and that are not done, in the plan's
  /// order, from the journals as they are now.
  ///
  /// - Throws: `ExecutionError.store`.
  package func decisions(for runs: [Plan.Run]) throws(ExecutionError) -> [RunDecision] {
    do throws(RunStoreError) {
      let all = plan.withNeeds(runs)
      try store.ingest(runs: all.map(\.id))
      return decisions(for: all, asked: Set(runs.map(\.id)), try store.standings(of: all.map(\.id)))
    } catch {
      throw .store(error)
    }
  }

  private func decisions(
    for runs: [Plan.Run], asked: Set<String>, _ standings: [String: RunStanding]
  ) -> [RunDecision] {
    var arms: [String: [String]] = [:]
    for arm in plan.arms {
      for run in arm.runs { arms[run, default: []].append(arm.name) }
    }
    // Finished work is done again only where that was asked for.
    var gentle = options
    gentle.redoesFinished = false
    var made: [String: RunDecision] = [:]
    for run in runs {
      let isAsked = asked.contains(run.id)
      var decision = RunDecision(
        run: run, arms: arms[run.id] ?? [], standing: standings[run.id], options: isAsked ? options : gentle)
      if !isAsked, decision.isToDo { decision.reason += ", needed by others" }
      decision.heed((run.needs ?? []).compactMap { made[$0] })
      made[run.id] = decision
    }
    return runs.compactMap { made[$0.id] }.filter { asked.contains($0.run.id) || $0.status != .succeeded }
  }

  /// Does what `decisions` say, in their order.
  ///
  /// - Precondition: the plan is frozen at `planFile` and registered in the store.
  /// - Throws: `ExecutionError` when nothing more can be recorded; what goes wrong in one run does not throw.
  package func carryOut(
    _ decisions: [RunDecision], planFile: URL, launcher: WorkerLauncher
  ) throws(ExecutionError) -> ExecutionSummary {
    report(.decided(decisions))
    var state = State(decisions)
    while !state.isOver {
      let requests = stopRequests()
      if requests > 0 { state.stop() }
      if requests > 1 {
        for worker in state.live { worker.process.kill() }
        state.summary.isKilled = true
      }
      for (decision, reason) in state.takeBlocked() { report(.blocked(decision, reason: reason)) }
      while state.live.count < options.jobs, let decision = state.next() {
        let process = try launcher.launch(plan: planFile, run: decision.run.id, startsOver: decision.startsOver)
        state.live.append(
          LiveWorker(
            decision, process, epochs: plan.specs[decision.run.spec].map { Int($0.trainedEpochs.rounded(.up)) } ?? 0))
        report(.started(decision, pid: Int(process.pid)))
      }
      try follow(&state)
      if !state.live.isEmpty {
        report(.progress(state.live.map(\.progress), done: state.settled, total: state.toDo))
        Thread.sleep(forTimeInterval: Self.pollingInterval)
      }
    }
    if stopRequests() > 0, state.summary.left > 0 { state.summary.isInterrupted = true }
    return state.summary
  }

  /// Reads what the workers wrote, and deals with those that ended.
  private func follow(_ state: inout State) throws(ExecutionError) {
    var remaining: [LiveWorker] = []
    for var worker in state.live {
      // Asked before reading, so that nothing it wrote is missed.
      let hasEnded = !worker.process.isRunning
      do {
        for line in try ingest(worker.decision.run.id) { worker.progress.take(line) }
      } catch .store(.diskFull) where !hasEnded {
        // The worker meets the same, says so and gives room back; its journal is read then.
      }
      if hasEnded {
        try settle(worker, in: &state)
      } else {
        remaining.append(worker)
      }
    }
    state.live = remaining
  }

  private func settle(_ worker: LiveWorker, in state: inout State) throws(ExecutionError) {
    let run = worker.decision.run.id
    let early = worker.process.takeEarlyOutput()
    if worker.process.exitCode == Int(WorkerExit.inHand.rawValue) {
      state.noteInHand(worker.decision)
      report(
        .ended(
          worker.decision, status: .running, reason: "in hand by another process", worker.progress, logTail: []))
      return
    }
    var standing = try standing(of: run)
    if standing.status == .running || standing.status == .lost, let attempt = standing.attempt,
      attempt != worker.previousAttempt
    {
      try closeJournal(run: run, attempt: attempt, worker.process, isKilled: state.summary.isKilled)
      standing = try self.standing(of: run)
    }
    let tail: [String]
    if let attempt = standing.attempt, attempt != worker.previousAttempt {
      tail = LogTail.lines(of: store.layout.log(run, attempt))
    } else {
      // The worker gave up before its attempt began, so no journal can tell.
      standing.status = .failed
      standing.reason = early.isEmpty ? worker.process.ending : String(early.split(separator: "\n").last ?? "")
      tail = early.split(separator: "\n").suffix(LogTail.count).map(String.init)
    }
    switch standing.status {
    case .succeeded: state.summary.done += 1
    case .failed, .diverged: state.summary.failed += 1
    case .interrupted, .lost, .planned, .running: state.summary.left += 1
    }
    let isFailure = standing.status == .failed || standing.status == .diverged
    report(
      .ended(
        worker.decision, status: standing.status, reason: standing.reason, worker.progress,
        logTail: isFailure ? tail : []))
    state.note(worker.decision, standing)
    if standing.status == .interrupted, stopRequests() == 0, standing.reason.hasPrefix(Self.diskFull) {
      state.summary.isInterrupted = true
      giveUp(standing.reason, &state)
    } else if standing.status == .failed, options.failsFast {
      giveUp("a run failed and --fail-fast is given", &state)
    } else if let reason = state.hopelessReason {
      giveUp("the first \(Self.hopelessFailures) runs failed in the same way: \(reason)", &state)
    }
  }

  private func giveUp(_ reason: String, _ state: inout State) {
    guard !state.isStopping else { return }
    report(.gaveUp(reason: reason))
    state.stop()
  }

  /// Writes the last line of a journal whose writer is dead.
  private func closeJournal(
    run: String, attempt: Int, _ process: WorkerProcess, isKilled: Bool
  ) throws(ExecutionError) {
    let layout = store.layout
    // A second Ctrl-C kills the workers: their runs go on from the last checkpoint next time.
    if isKilled { return }
    let end = AttemptEnd(
      status: .failed, reason: process.ending, step: nil, weightsDigest: nil, exitCode: process.exitCode,
      peakMemoryBytes: nil
    )
    do throws(RunStoreError) {
      guard let lock = try FileLock.take(layout.lock(run, attempt)) else { return }
      let journal = try JournalWriter(continuing: layout.journal(run, attempt))
      for line in LogTail.lines(of: layout.log(run, attempt)) {
        try journal.append(.event(EventRecord(level: .error, kind: "log", message: line)))
      }
      try journal.append(.end(end))
      try journal.close()
      withExtendedLifetime(lock) {}
    } catch {
      throw .store(error)
    }
    do {
      try ErrorNote(layout: layout, run: run).update(end)
    } catch {
      throw .fileSystem(
        path: layout.error(run).path, operation: "write", reason: (error as NSError).localizedDescription)
    }
    _ = try ingest(run)
  }

  private func ingest(_ run: String) throws(ExecutionError) -> [JournalLine] {
    do throws(RunStoreError) {
      return try store.ingest(run: run)
    } catch {
      throw .store(error)
    }
  }

  private func standing(of run: String) throws(ExecutionError) -> RunStanding {
    do throws(RunStoreError) {
      return try store.standings(of: [run])[run]
        ?? RunStanding(run: run, status: .planned, reason: "", step: nil, attempt: nil, pid: nil)
    } catch {
      throw .store(error)
    }
  }
}
