import Execution
import Foundation
import Planning
import RunFixtures
import RunStore
import Synchronization
import Testing

/// A workspace in a temporary place whose runs are done by the worker fixture.
final class Bench {
  let root: URL
  let layout: ResultsLayout
  let fixture: PlanFixture
  let plan: Plan
  let store: RunStore

  var datasets: URL { root.appending(path: "datasets", directoryHint: .isDirectory) }

  /// A workspace in a folder of its own below `parent`.
  init(
    _ fixture: PlanFixture = PlanFixture(), behaviour: String = "",
    on parent: URL = FileManager.default.temporaryDirectory
  ) throws {
    root = parent.appending(path: "execution-\(UUID().uuidString)")
    layout = ResultsLayout(root: root.appending(path: "results"))
    self.fixture = fixture
    plan = try fixture.plan()
    store = try RunStore.open(layout)
    try FileManager.default.createDirectory(
      at: root.appending(path: "datasets"), withIntermediateDirectories: true)
    try store.register(planAt: plan.write(toDirectory: layout.plans))
    try set(behaviour: behaviour)
  }

  deinit {
    try? FileManager.default.removeItem(at: root)
  }

  func set(behaviour: String) throws {
    try Data(behaviour.utf8).write(to: datasets.appending(path: "behaviour.txt"))
  }

  func order(_ run: String, startsOver: Bool = false) -> WorkerOrder {
    WorkerOrder(
      plan: layout.plan(plan.id), run: run, results: layout.root, datasets: datasets, threads: 1,
      code: CodeState(commit: "c0ffee", isDirty: true, binaryDigest: "b1"), startsOver: startsOver)
  }

  /// The executable that the package builds beside the tests.
  static var worker: URL {
    URL(filePath: "/proc/self/exe").resolvingSymlinksInPath().deletingLastPathComponent()
      .appending(path: "worker-fixture")
  }

  /// Carries the plan out and returns what came of it and what was reported, a line an event.
  func run(
    _ options: ExecutionOptions = ExecutionOptions(), executable: URL = worker,
    stopWhen: @escaping (ExecutionEvent) -> Int = { _ in 0 }
  ) throws -> (summary: ExecutionSummary, log: [String]) {
    var log: [String] = []
    var requests = 0
    let note: (ExecutionEvent) -> Void = { event in
      requests = max(requests, stopWhen(event))
      switch event {
      case .decided(let decisions):
        for decision in decisions {
          log.append("\(decision.arms[0]) #\(decision.run.replicate): \(decision.action), \(decision.reason)")
        }
      case .started, .progress: break
      case .ended(let decision, let status, let reason, _, _):
        log.append(
          "\(decision.arms[0]) #\(decision.run.replicate) \(status)" + (reason.isEmpty ? "" : ": \(reason)"))
      case .blocked(let decision, let reason):
        log.append("\(decision.arms[0]) #\(decision.run.replicate) blocked: \(reason)")
      case .gaveUp(let reason): log.append("gave up: \(reason)")
      }
    }
    let executor = Executor(
      store: store, plan: plan, options: options, stopRequests: { requests }, report: note)
    let launcher = WorkerLauncher(
      executable: executable, layout: layout, datasets: datasets, threads: 1,
      code: CodeState(commit: "c0ffee", isDirty: true, binaryDigest: "b1"))
    let summary = try executor.carryOut(
      try executor.decisions(for: plan.runs), planFile: layout.plan(plan.id), launcher: launcher)
    return (summary, log)
  }

  func rows(_ sql: String) throws -> [[QueryResult.Value]] {
    try store.query(sql, rowLimit: 1000, seconds: 10).rows
  }

  /// Every point of a run that counts.
  func losses(_ run: String) throws -> [[QueryResult.Value]] {
    try rows("SELECT step, value FROM v_metrics WHERE run = '\(run)' AND name = 'loss' ORDER BY step")
  }
}

/// A summary from its numbers.
func summary(done: Int = 0, skipped: Int = 0, failed: Int = 0, left: Int = 0, failedBefore: Int = 0) -> ExecutionSummary
{
  var summary = ExecutionSummary()
  summary.done = done
  summary.skipped = skipped
  summary.failed = failed
  summary.left = left
  summary.failedBefore = failedBefore
  return summary
}
