import ArgumentParser
import Execution
import Foundation
import RunStore
import Training

/// Arguments of the verbs that train: how much at a time, and how it shows.
struct WorkOptions: ParsableArguments {
  enum ProgressForm: String, CaseIterable, ExpressibleByArgument {
    case auto
    case bar
    case log
    case json
    case none
  }

  @OptionGroup var side: JobOptions

  @Option(
    help: ArgumentHelp(
      "Checkpoint after so many seconds inside an epoch; each epoch ends with one in any case.", valueName: "seconds"))
  var checkpointEvery = TrainingJob.defaultCheckpointInterval

  @Flag(help: "Stop everything at the first failure.")
  var failFast = false

  @Option(help: ArgumentHelp("Progress on standard error: auto, bar, log, json or none.", valueName: "form"))
  var progress = ProgressForm.auto

  func validate() throws {
    guard checkpointEvery >= 0 else {
      throw ValidationError("checkpoint-every: expected at least 0 seconds, got \(checkpointEvery)")
    }
  }

  var jobs: Int { side.jobs }

  /// What starts workers; with `isIdle` nothing will be started, and nothing is found out about the code.
  func launcher(_ global: GlobalOptions, isIdle: Bool) -> WorkerLauncher {
    let executable = StudyOptions.executable
    return WorkerLauncher(
      executable: executable, layout: global.layout, datasets: global.datasets,
      threads: side.threadsEach,
      code: isIdle
        ? CodeState(commit: "", isDirty: false, binaryDigest: "")
        : .current(workspace: global.workspace, executable: executable),
      checkpointInterval: checkpointEvery)
  }

  /// `retry` is the command that tries failed runs again.
  func display(_ global: GlobalOptions, retry: String) -> ProgressDisplay {
    let form: ProgressDisplay.Form =
      switch Console.level == .quiet ? .none : progress {
      case .auto: Console.isErrorTerminal ? .bar : .log
      case .bar: .bar
      case .log: .log
      case .json: .json
      case .none: .none
      }
    return ProgressDisplay(form, usesColour: Console.usesColour(global), retry: retry)
  }

  static func status(of summary: ExecutionSummary) -> ExitStatus {
    if summary.isKilled { return .killed }
    if summary.isInterrupted { return .interrupted }
    if summary.failed + summary.failedBefore + summary.blocked > 0 { return .failed }
    return summary.left + summary.inHand > 0 ? .interrupted : .done
  }
}
