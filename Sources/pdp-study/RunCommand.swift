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
      second Ctrl-C stops at once.

      Example: pdp-study run mobilenet-v1 --profile quick -j 2
      """
  )

  enum ProgressForm: String, CaseIterable, ExpressibleByArgument {
    case auto
    case bar
    case log
    case json
    case none
  }

  @OptionGroup var global: GlobalOptions
  @OptionGroup var study: StudyOptions

  @Option(name: .shortAndLong, help: ArgumentHelp("Runs at a time.", valueName: "n"))
  var jobs = 1

  @Option(help: ArgumentHelp("Threads a run; otherwise the processors shared out over the jobs.", valueName: "n"))
  var threads: Int?

  @Flag(help: "Show what would be done, and do nothing.")
  var dryRun = false

  @Flag(help: "Fetch the data sets that are missing first.")
  var fetch = false

  @Flag(help: "Stop everything at the first failure.")
  var failFast = false

  @Flag(help: "Try failed runs again, from their last checkpoint.")
  var retryFailed = false

  @Flag(help: "Do finished runs again from the start.")
  var force = false

  @Option(help: ArgumentHelp("Progress on standard error: auto, bar, log, json or none.", valueName: "form"))
  var progress = ProgressForm.auto

  func validate() throws {
    guard jobs > 0 else { throw ValidationError("jobs: expected at least 1, got \(jobs)") }
    if let threads, threads < 1 { throw ValidationError("threads: expected at least 1, got \(threads)") }
  }

  func run() throws {
    let start = Date()
    let layout = global.layout
    try layout.prepare()
    let (plan, runs) = try study.plan(global)
    let store = try global.openStore()
    let options = ExecutionOptions(
      jobs: jobs, failsFast: failFast, retriesFailed: retryFailed, redoesFinished: force)
    let display = makeDisplay(plan)
    let executor = Executor(
      store: store, plan: plan, options: options, stopRequests: { StopSignals.count },
      report: { display.show($0) })
    if dryRun {
      Console.output(DecisionTable.table(try executor.decisions(for: runs)).text(.table))
      return
    }
    let decisions = try executor.decisions(for: runs)
    let isIdle = !decisions.contains(where: \.isToDo)
    StopSignals.watch()
    if !isIdle { try checkData(plan, decisions) }
    let planFile = try freeze(plan, in: store)
    let summary = try executor.carryOut(decisions, planFile: planFile, launcher: launcher(layout, isIdle: isIdle))
    let report = try writeReport(plan, store, isIdle: isIdle)
    display.close(summary, seconds: Date().timeIntervalSince(start), report: displayPath(report))
    let status = status(of: summary)
    guard status == .done else { throw ExitCode(status.rawValue) }
  }

  private func status(of summary: ExecutionSummary) -> ExitStatus {
    if summary.isKilled { return .killed }
    if summary.isInterrupted { return .interrupted }
    return summary.failed + summary.failedBefore + summary.left > 0 ? .failed : .done
  }

  /// Stores the plan that the workers will read; its file's date says when it was last used.
  private func freeze(_ plan: Plan, in store: RunStore) throws -> URL {
    let url = try plan.write(toDirectory: store.layout.plans)
    try FileManager.default.setAttributes([.modificationDate: Date()], ofItemAtPath: url.path)
    try store.register(planAt: url)
    return url
  }

  /// Verifies the data of the runs to be done before the first of them starts, and fetches it if that was asked for.
  private func checkData(_ plan: Plan, _ decisions: [RunDecision]) throws {
    let specs = Set(decisions.filter(\.isToDo).map(\.run.spec))
    let datasets = DatasetStore(root: global.datasets)
    for name in Set(specs.flatMap { plan.specs[$0]?.datasets ?? [] }).sorted() {
      if fetch {
        _ = try FetchLine.fetch(name, into: datasets)
      } else {
        try datasets.verify(name)
      }
    }
  }

  private func launcher(_ layout: ResultsLayout, isIdle: Bool) -> WorkerLauncher {
    let processors = ProcessInfo.processInfo.activeProcessorCount
    let executable = StudyOptions.executable
    return WorkerLauncher(
      executable: executable, layout: layout, datasets: global.datasets,
      threads: threads ?? max(1, processors / jobs),
      code: isIdle
        ? CodeState(commit: "", isDirty: false, binaryDigest: "")
        : .current(workspace: global.workspace, executable: executable))
  }

  private func writeReport(_ plan: Plan, _ store: RunStore, isIdle: Bool) throws -> URL {
    let folder = store.layout.report(study: plan.study.slug, profile: plan.profile.rawValue)
    let file = folder.appending(path: "report.md")
    if isIdle, FileManager.default.fileExists(atPath: file.path) { return file }
    return try Report.write(ReportData(plan: plan, runs: store.evidence(for: plan)), to: folder)
  }

  private func displayPath(_ url: URL) -> String {
    let folder = FileManager.default.currentDirectoryPath + "/"
    return url.path.hasPrefix(folder) ? String(url.path.dropFirst(folder.count)) : url.path
  }

  private func makeDisplay(_ plan: Plan) -> ProgressDisplay {
    let form: ProgressDisplay.Form =
      switch progress {
      case .auto: Console.isErrorTerminal ? .bar : .log
      case .bar: .bar
      case .log: .log
      case .json: .json
      case .none: .none
      }
    let root = global.root == "." ? "" : " --root \(global.root)"
    return ProgressDisplay(
      form, usesColour: Console.usesColour(global),
      retry: "pdp-study run \(study.study) --profile \(study.profile)\(root) --retry-failed")
  }
}
