import Foundation
import Glibc
import Kernels
import Planning
import RunStore
import Training

/// Carries out one run of a frozen plan in this process, reporting to the run's own journal and nowhere else.
package struct Worker {
  private let order: WorkerOrder
  private let layout: ResultsLayout
  private let libraries: [String: String]
  private let writesLog: Bool
  private let shouldStop: () -> Bool

  /// A worker for `order`.
  ///
  /// `libraries` gives the version by name of those that compute; with `writesLog`, standard output and error go to
  /// the attempt's log once there is one; `shouldStop` is asked between steps.
  package init(
    _ order: WorkerOrder, libraries: [String: String], writesLog: Bool, shouldStop: @escaping () -> Bool
  ) {
    self.order = order
    layout = ResultsLayout(root: order.results)
    self.libraries = libraries
    self.writesLog = writesLog
    self.shouldStop = shouldStop
  }

  /// Does the run, or what is left of it.
  ///
  /// - Throws: what keeps the attempt from starting at all. Whatever happens later is in the journal.
  package func work(_ train: Train) throws -> WorkerExit {
    let run = order.run
    let plan = try Plan.read(from: order.plan)
    guard let planned = plan.runs.first(where: { $0.id == run }), let spec = plan.specs[planned.spec] else {
      throw ExecutionError.unknownRun(run: run, plan: plan.id)
    }
    let initialWeights = try spec.start.map { try weights(of: $0, for: planned, in: plan) }
    let budgetSource = try spec.budgetSource.map { try weights(of: $0, for: planned, in: plan) }
    let teacher = try spec.teacher.map { try weights(of: $0, for: planned, in: plan) }
    try keepSpec(spec)
    let claim: AttemptClaim
    do {
      claim = try AttemptClaim.make(run: run, layout: layout) { attempt in
        AttemptStart(
          run: run, attempt: attempt, study: plan.study.slug, plan: plan.id, specID: planned.spec, spec: spec,
          replicate: planned.replicate, seed: planned.seed, numerics: Numerics.version, provenance: provenance(),
          process: .current()
        )
      }
    } catch RunStoreError.inHand {
      return .inHand
    }
    defer { try? claim.lock.release() }
    if writesLog { try redirectOutput(to: layout.log(run, claim.number)) }
    let request = TrainingRequest(
      spec: spec, seed: Seed(planned.seed), replicate: planned.replicate, datasets: order.datasets,
      checkpoints: layout.checkpoints(run), weights: layout.weights(run),
      initialWeights: initialWeights, budgetSource: budgetSource, teacher: teacher,
      checkpointInterval: order.checkpointInterval
    )
    return try carryOut(request, claim, train)
  }

  /// The exported weights of the configuration `spec` at the replicate of `run`.
  private func weights(of spec: String, for run: Plan.Run, in plan: Plan) throws -> URL {
    guard let needed = plan.runs.first(where: { $0.spec == spec && $0.replicate == run.replicate }) else {
      throw ExecutionError.unknownRun(run: "\(spec) #\(run.replicate)", plan: plan.id)
    }
    let url = layout.weights(needed.id)
    guard FileManager.default.fileExists(atPath: url.path) else {
      throw ExecutionError.weightsMissing(run: needed.id, path: url.path)
    }
    return url
  }

  private func carryOut(_ request: TrainingRequest, _ claim: AttemptClaim, _ train: Train) throws -> WorkerExit {
    let journal = claim.journal
    let reserve = try DiskReserve(in: layout.attempt(order.run, claim.number))
    let end: AttemptEnd
    do {
      if order.startsOver { try removeEarlierWork() }
      try FileManager.default.createDirectory(at: request.checkpoints, withIntermediateDirectories: true)
      var heartbeat = Heartbeat(journal: journal)
      let parent = order.parent ?? getppid()
      let outcome = try train(
        request,
        { fact in
          guard let entry = JournalEntry(fact) else { return try journal.settle() }
          try journal.append(entry)
        },
        // Nobody follows the work of a process whose parent is gone.
        { !heartbeat.beat() || shouldStop() || getppid() != parent }
      )
      if let failure = heartbeat.failure { throw failure }
      end = self.end(of: outcome)
    } catch  where isForWantOfRoom(error) {
      reserve.release()
      end = AttemptEnd(
        status: .interrupted, reason: "\(error)", step: nil, weightsDigest: nil, exitCode: nil,
        peakMemoryBytes: Machine.peakMemoryBytes
      )
      try journal.append(.event(EventRecord(level: .error, kind: "disk-full", message: "\(error)")))
    } catch {
      let reason = "\(error)"
      end = AttemptEnd(
        status: .failed, reason: reason, step: nil, weightsDigest: nil, exitCode: nil,
        peakMemoryBytes: Machine.peakMemoryBytes
      )
      try journal.append(.event(EventRecord(level: .error, kind: "failure", message: reason)))
      FileHandle.standardError.write(Data("\(reason)\n".utf8))
    }
    try journal.append(.end(end))
    try journal.close()
    reserve.release()
    try ErrorNote(layout: layout, run: order.run).update(end)
    return switch end.status {
    case .succeeded: .succeeded
    case .interrupted: .interrupted
    case .planned, .running, .failed, .diverged, .lost: .unsuccessful
    }
  }

  private func end(of outcome: TrainingOutcome) -> AttemptEnd {
    let memory = Machine.peakMemoryBytes
    return switch outcome {
    case .finished(let step, let digest):
      AttemptEnd(
        status: .succeeded, reason: "", step: step, weightsDigest: digest, exitCode: nil, peakMemoryBytes: memory)
    case .interrupted(let step):
      AttemptEnd(
        status: .interrupted, reason: "stopped on request", step: step, weightsDigest: nil, exitCode: nil,
        peakMemoryBytes: memory)
    case .diverged(let step, let message):
      AttemptEnd(
        status: .diverged, reason: message, step: step, weightsDigest: nil, exitCode: nil, peakMemoryBytes: memory)
    }
  }

  /// Stores the text that the run's identity was made from, once.
  private func keepSpec(_ spec: RunSpec) throws {
    let url = layout.spec(order.run)
    let text = Data(try spec.canonicalText.utf8)
    if let present = FileManager.default.contents(atPath: url.path) {
      guard present == text else { throw ExecutionError.specChanged(path: url.path) }
      return
    }
    do {
      try FileManager.default.createDirectory(at: layout.attempts(order.run), withIntermediateDirectories: true)
      try text.write(to: url, options: .atomic)
    } catch {
      throw layout.fault(error, in: "write", at: url)
    }
  }

  private func removeEarlierWork() throws {
    for url in [layout.checkpoints(order.run), layout.weights(order.run)]
    where FileManager.default.fileExists(atPath: url.path) {
      try FileManager.default.removeItem(at: url)
    }
  }

  private func redirectOutput(to log: URL) throws {
    let descriptor = open(log.path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0o644)
    guard descriptor >= 0, dup2(descriptor, STDOUT_FILENO) >= 0, dup2(descriptor, STDERR_FILENO) >= 0 else {
      throw ExecutionError.fileSystem(
        path: log.path, operation: "write", reason: String(cString: strerror(errno)).lowercased())
    }
    close(descriptor)
  }

  private func provenance() -> Provenance {
    Provenance(
      backend: "local", host: ProcessInfo.processInfo.hostName, threads: order.threads, commit: order.code.commit,
      isDirty: order.code.isDirty, binaryDigest: order.code.binaryDigest, toolchain: Machine.toolchain,
      cpu: Machine.cpu,
      libraries: libraries
    )
  }
}
