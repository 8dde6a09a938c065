import ArgumentParser
import Execution
import Foundation
import Planning
import RunStore

/// Shows one run.
struct ShowCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "show",
    abstract: "Shows a run: configuration, attempts, numbers, files, and the command that does it again.",
    discussion: """
      With --follow, prints what the newest attempt reports, from its beginning, or its log with --log, until it ends or \
      until Ctrl-C, which ends the looking and not the run. Ends then with 0 if the run has succeeded or goes on, 1 if \
      it has failed or diverged, and 75 if it can be resumed.

      Example: pdp-study show 3f2a
      Example: pdp-study show 3f2a --follow
      """
  )

  /// Seconds between two looks at the files of a live attempt.
  private static let pollingInterval = 0.2

  @OptionGroup var global: GlobalOptions

  @Argument(help: ArgumentHelp("Beginning of a run's id.", valueName: "run"))
  var prefix: String

  @Flag(help: "Show the newest attempt's log instead.")
  var log = false

  @Flag(help: "Show every point of every metric that counts instead.")
  var metrics = false

  @Flag(help: "Go on with what the newest attempt reports, or with its log, until it ends.")
  var follow = false

  @Flag(help: "Show every layer.")
  var layers = false

  @Flag(help: "Print JSON: everything, with layers, or the points of --metrics.")
  var json = false

  func validate() throws {
    guard !(log && metrics) else { throw ValidationError("--log and --metrics: expected one of them") }
    guard !json || !(log || follow) else { throw ValidationError("--json: expected without --log and --follow") }
    guard !follow || !metrics else { throw ValidationError("--metrics: expected without --follow, which shows them") }
  }

  func run() throws {
    let store = try global.openStore()
    let run = try store.runID(startingWith: prefix)
    try store.ingest(run: run)
    let details = try store.details(of: run)
    if follow {
      try follow(details, in: store)
    } else if log {
      try showLog(details, store.layout)
    } else if metrics {
      let points = try store.metrics(of: run)
      Console.output(json ? try PrettyJSON.text(of: points) : RunText.table(of: points))
    } else if json {
      Console.output(try PrettyJSON.text(of: RunDocument(details, store.layout)))
    } else {
      Console.output(RunText(details: details, layout: store.layout, showsLayers: layers).text)
    }
  }

  private func newestAttempt(_ details: RunDetails) throws -> Int {
    guard let attempt = details.attempts.last else {
      throw UsageError("run '\(details.run.run)' has no log: it was never started")
    }
    return attempt.n
  }

  private func showLog(_ details: RunDetails, _ layout: ResultsLayout) throws {
    let text = try String(contentsOf: layout.log(details.run.run, newestAttempt(details)), encoding: .utf8)
    Console.output(Console.printableLines(text))
  }

  private func follow(_ details: RunDetails, in store: RunStore) throws {
    let run = details.run.run
    var follower = AttemptFollower(run: run, attempt: try newestAttempt(details), layout: store.layout)
    var text = FollowText()
    StopSignals.watch()
    while StopSignals.count == 0 {
      let news = try follower.look()
      if log {
        if !news.log.isEmpty { Console.output(Console.printableLines(news.log)) }
      } else {
        for line in text.take(news.lines) { Console.output(Console.printable(line)) }
      }
      switch news.state {
      case .live: Thread.sleep(forTimeInterval: Self.pollingInterval)
      case .ended(let end): return try close(end.status, end.reason, attempt: follower.attempt)
      case .lost:
        try store.ingest(run: run)
        return try close(
          .lost, "its process ended without a word; 'pdp-study resume \(run)' goes on", attempt: follower.attempt)
      }
    }
  }

  private func close(_ status: RunStatus, _ reason: String, attempt: Int) throws {
    Console.diagnostic(
      "attempt \(attempt) \(status.rawValue)" + (reason.isEmpty ? "" : ": \(Console.printable(reason))"))
    switch status {
    case .succeeded, .planned, .running: return
    case .failed, .diverged: throw ExitCode(ExitStatus.failed.rawValue)
    case .interrupted, .lost: throw ExitCode(ExitStatus.interrupted.rawValue)
    }
  }
}
