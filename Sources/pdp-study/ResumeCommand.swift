import ArgumentParser
import Datasets
import Execution
import Foundation
import Planning
import RunStore

/// Goes on with what was interrupted.
struct ResumeCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "resume",
    abstract: "Continues interrupted and lost runs of any study; starts nothing new.",
    discussion: """
      The runs follow the plans that they were started under, also where a study was edited since.

      Example: pdp-study resume
      Example: pdp-study resume 3f2a -j 2
      """
  )

  @OptionGroup var global: GlobalOptions
  @OptionGroup var work: WorkOptions

  @Argument(help: ArgumentHelp("Beginnings of runs' ids; otherwise every interrupted or lost run.", valueName: "run"))
  var runs: [String] = []

  func run() throws {
    let store = try global.openStore()
    let unfinished = try wanted(in: store)
    if unfinished.isEmpty {
      Console.note("nothing to resume: no run is interrupted or lost")
      return
    }
    StopSignals.watch()
    var code = ExitStatus.done.rawValue
    for (plan, runs) in unfinished where StopSignals.count == 0 {
      // The higher code is the one that takes more to mend.
      code = max(code, try resume(runs, of: plan, in: store).rawValue)
    }
    guard code == ExitStatus.done.rawValue else { throw ExitCode(code) }
  }

  /// Runs to go on with by the plan of their newest attempt, in the order in which they were started.
  private func wanted(in store: RunStore) throws -> [(plan: String, runs: Set<String>)] {
    var all = try store.unfinishedRuns()
    if !runs.isEmpty {
      let asked = try runs.map { try store.runID(startingWith: $0) }
      for run in asked where !all.contains(where: { $0.run == run }) {
        let status = try store.standings(of: [run])[run]?.status ?? .planned
        throw UsageError(
          "run '\(run)' cannot be resumed: expected one that is interrupted or lost, it is \(status.rawValue); "
            + "'pdp-study run' starts runs, and tries failed ones again with --retry-failed")
      }
      all = all.filter { asked.contains($0.run) }
    }
    var plans: [(plan: String, runs: Set<String>)] = []
    for (run, plan) in all {
      if let index = plans.firstIndex(where: { $0.plan == plan }) {
        plans[index].runs.insert(run)
      } else {
        plans.append((plan, [run]))
      }
    }
    return plans
  }

  private func resume(_ runs: Set<String>, of planID: String, in store: RunStore) throws -> ExitStatus {
    let start = Date()
    let planFile = store.layout.plan(planID)
    let plan = try Plan.read(from: planFile)
    let display = work.display(global, retry: "pdp-study run \(plan.study.sourcePath) --retry-failed")
    let executor = Executor(
      store: store, plan: plan, options: ExecutionOptions(jobs: work.jobs, failsFast: work.failFast),
      stopRequests: { StopSignals.count }, report: { display.show($0) })
    let decisions = try executor.decisions(for: plan.runs.filter { runs.contains($0.id) })
      .filter { runs.contains($0.run.id) }
    let isIdle = !decisions.contains(where: \.isToDo)
    if !isIdle {
      let planner = try Planner(store: DatasetStore(root: global.datasets))
      try work.checkRoom(for: .make(decisions, of: plan, planner, store, work.side), global)
      try work.checkData(plan, decisions, global, fetch: false)
    }
    let summary = try executor.carryOut(
      decisions, planFile: planFile, launcher: work.launcher(global, isIdle: isIdle))
    let report = try WorkOptions.writeReport(plan, store)
    display.close(summary, seconds: Date().timeIntervalSince(start), report: Console.shortPath(report))
    return WorkOptions.status(of: summary)
  }
}
