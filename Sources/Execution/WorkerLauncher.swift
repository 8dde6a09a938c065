import Foundation
import Glibc
import RunStore
import Training

/// Starts worker processes.
package struct WorkerLauncher: Sendable {
  /// The program; for real work, this one.
  package var executable: URL
  package var layout: ResultsLayout
  package var datasets: URL
  package var threads: Int
  package var code: CodeState
  /// Seconds after which a checkpoint is due inside an epoch.
  package var checkpointInterval: Double

  package init(
    executable: URL, layout: ResultsLayout, datasets: URL, threads: Int, code: CodeState,
    checkpointInterval: Double = TrainingJob.defaultCheckpointInterval
  ) {
    self.executable = executable
    self.layout = layout
    self.datasets = datasets
    self.threads = threads
    self.code = code
    self.checkpointInterval = checkpointInterval
  }

  /// Starts a worker on a run.
  ///
  /// - Throws: `ExecutionError.launchFailed`.
  func launch(plan: URL, run: String, startsOver: Bool) throws(ExecutionError) -> WorkerProcess {
    var order = WorkerOrder(
      plan: plan, run: run, results: layout.root, datasets: datasets, threads: threads, code: code,
      startsOver: startsOver, checkpointInterval: checkpointInterval
    )
    // Said here: a worker whose parent dies while it starts would take another for it.
    order.parent = getpid()
    let process = Process()
    process.executableURL = executable
    var environment = ProcessInfo.processInfo.environment
    // Both libraries read their thread counts once, before the program's own code.
    environment["OMP_NUM_THREADS"] = "\(threads)"
    environment["OPENBLAS_NUM_THREADS"] = "\(threads)"
    // How often a waiting thread of libgomp looks before it sleeps. The default spins so long that a second process on
    // the same processors slows a training step from 90 ms to as much as 2 s; on an idle machine both are equally fast.
    if environment["GOMP_SPINCOUNT"] == nil { environment["GOMP_SPINCOUNT"] = "20000" }
    process.environment = environment
    process.standardInput = FileHandle.nullDevice
    // A worker has its own log as soon as its attempt begins; what it says before goes here.
    let early = FileManager.default.temporaryDirectory.appending(path: "pdp-study-worker-\(UUID().uuidString).txt")
    do {
      process.arguments = ["worker", try order.text]
      try Data().write(to: early)
      let file = try FileHandle(forWritingTo: early)
      process.standardOutput = file
      process.standardError = file
      try process.run()
      try file.close()
    } catch {
      throw .launchFailed(executable: executable.path, reason: (error as NSError).localizedDescription)
    }
    return WorkerProcess(process: process, earlyOutput: early)
  }
}
