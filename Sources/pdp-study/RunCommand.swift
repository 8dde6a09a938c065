import ArgumentParser
import Datasets
import Execution
import Foundation
import Planning
import Reports
import RunStore

/// Does what is not done of a study.
struct RunCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "run",
    abstract: "Does the runs of a study that are not done, and writes its report.",
    discussion: """
      A second call continues what was interrupted, or says that all is done. Ctrl-C stops after a checkpoint; a \
      second Ctrl-C stops at once. Nothing is started if the disk has too little room for the first runs; 'plan' says \
      how much all of them take.

      Example: pdp-study run mobilenet-v1 --profile quick -j 2
      """
  )

  @OptionGroup var global: GlobalOptions
  @OptionGroup var study: StudyOptions
  @OptionGroup var work: WorkOptions

  @Flag(help: "Show what would be done, and do nothing.")
  var dryRun = false

  @Flag(help: "Fetch the data sets that are missing first.")
  var fetch = false

  @Flag(help: "Try failed runs again, from their last checkpoint.")
  var retryFailed = false

  @Flag(help: "Do finished runs again from the start.")
  var force = false

  func run() throws {
    let start = Date()
    let layout = global.layout
    try layout.prepare()
    let (plan, runs, planner) = try study.planned(global)
    let store = try global.openStore()
    let options = ExecutionOptions(
      jobs: work.jobs, failsFast: work.failFast, retriesFailed: retryFailed, redoesFinished: force)
    let display = work.display(global, retry: retry)
    let executor = Executor(
      store: store, plan: plan, options: options, stopRequests: { StopSignals.count },
      report: { display.show($0) })
    if dryRun {
      Console.output(DecisionTable.table(try executor.decisions(for: runs)).text(.table))
      return
    }
    let decisions = try executor.decisions(for: runs)
    let isIdle = !decisions.contains(where: \.isToDo)
    if !isIdle { try work.checkRoom(for: .make(decisions, of: plan, planner, store, work.side), global) }
    StopSignals.watch()
    if !isIdle { try work.checkData(plan, decisions, global, fetch: fetch) }
    let planFile = try freeze(plan, in: store)
    let summary = try executor.carryOut(decisions, planFile: planFile, launcher: work.launcher(global, isIdle: isIdle))
    let report = try WorkOptions.writeReport(plan, store)
    display.close(summary, seconds: Date().timeIntervalSince(start), report: Console.shortPath(report))
    let status = WorkOptions.status(of: summary)
    guard status == .done else { throw ExitCode(status.rawValue) }
  }

  /// Stores the plan that the workers will read; its file's date says when it was last used.
  private func freeze(_ plan: Plan, in store: RunStore) throws -> URL {
    let url = try plan.write(toDirectory: store.layout.plans)
    try FileManager.default.setAttributes([.modificationDate: Date()], ofItemAtPath: url.path)
    try store.register(planAt: url)
    return url
  }

  /// The command that tries failed runs again.
  private var retry: String {
    let root = global.root == "." ? "" : " --root \(global.root)"
    return "pdp-study run \(study.study) --profile \(study.profile)\(root) --retry-failed"
  }
}
