import Execution
import Foundation
import Planning
import RunStore

/// What `run` says on standard error while it works.
final class ProgressDisplay {
  enum Form {
    /// Lines that change in place, on a terminal.
    case bar
    /// Plain lines, at most one in 30 seconds or 5 percent for each run.
    case log
    /// One JSON object a line.
    case json
    case none
  }

  private static let redrawInterval = 0.1
  private static let logInterval = 30.0
  private static let logShare = 0.05
  /// Runs named in the line about skipped ones.
  private static let namedSkips = 4

  private let form: Form
  private let usesColour: Bool
  private let retry: String
  private var liveLines = 0
  private var lastDrawn = Date.distantPast
  private var lastLogged: [String: (time: Date, fraction: Double)] = [:]
  private var ended = 0
  private var toDo = 0

  /// `retry` is the command that tries failed runs again.
  init(_ form: Form, usesColour: Bool, retry: String) {
    self.form = form
    self.usesColour = usesColour
    self.retry = retry
  }

  func show(_ event: ExecutionEvent) {
    switch event {
    case .decided(let decisions):
      toDo = decisions.count(where: \.isToDo)
      showSkips(decisions)
      for decision in decisions where decision.action == .blocked { showBlocked(decision, decision.reason) }
    case .started(let decision, let pid):
      lastLogged[decision.run.id] = (Date(), 0)
      line("\(decision.action == .resume ? "resuming" : "starting") \(decision.title), \(decision.reason)")
      json("started", ["run": decision.run.id, "arm": decision.arms.joined(separator: ", ")], ["pid": Double(pid)])
    case .progress(let live, let done, let total): showProgress(live, done: done, total: total)
    case .ended(let decision, let status, let reason, let progress, let tail):
      showEnd(decision, status, reason, progress, tail)
    case .blocked(let decision, let reason):
      ended += 1
      showBlocked(decision, reason)
    case .gaveUp(let reason):
      line("giving up: \(reason)")
      json("gave-up", ["reason": reason], [:])
    }
  }

  /// Always the last word.
  func close(_ summary: ExecutionSummary, seconds: Double, report: String) {
    erase()
    let failed = summary.failed + summary.failedBefore
    if Console.level == .quiet, failed + summary.left + summary.inHand == 0 { return }
    let text =
      "\(summary.done) done, \(summary.skipped - summary.failedBefore) skipped, \(failed) failed, "
      + "\(summary.left) left in \(Format.duration(seconds)); report: \(report)"
    switch form {
    case .json:
      json(
        "summary", ["report": report],
        [
          "done": Double(summary.done), "skipped": Double(summary.skipped - summary.failedBefore),
          "failed": Double(failed), "left": Double(summary.left), "blocked": Double(summary.blocked),
          "seconds": seconds,
        ])
    case .bar, .log, .none:
      Console.diagnostic(text)
      if summary.blocked > 0 { Console.diagnostic("\(summary.blocked) of those left need runs that are not done") }
      if summary.left > summary.blocked { Console.diagnostic("run the same command again to continue") }
      if summary.inHand > 0 {
        Console.diagnostic("\(summary.inHand) of those skipped are in hand by another process; run again when it ends")
      }
      if summary.failedBefore > 0 { Console.diagnostic("to try failed runs again: \(retry)") }
    }
  }

  private func showSkips(_ decisions: [RunDecision]) {
    var groups: [(reason: String, runs: [RunDecision])] = []
    for decision in decisions where decision.action == .skip {
      if let index = groups.firstIndex(where: { $0.reason == decision.reason }) {
        groups[index].runs.append(decision)
      } else {
        groups.append((decision.reason, [decision]))
      }
      json("skipped", ["run": decision.run.id, "reason": decision.reason], [:])
    }
    for (reason, runs) in groups {
      if runs.count == decisions.count {
        line("all \(runs.count) runs: \(reason)")
      } else if runs.count <= Self.namedSkips {
        for run in runs { line("skipping \(run.title): \(reason)") }
      } else {
        line("skipping \(runs.count) runs: \(reason)")
      }
    }
  }

  private func showBlocked(_ decision: RunDecision, _ reason: String) {
    line("not starting \(decision.title): \(reason)")
    json("blocked", ["run": decision.run.id, "reason": reason], [:])
  }

  private func showProgress(_ live: [RunProgress], done: Int, total: Int) {
    switch form {
    case .bar:
      guard Date().timeIntervalSince(lastDrawn) >= Self.redrawInterval else { return }
      lastDrawn = Date()
      erase()
      let lines = live.map(text) + ["\(done) of \(total) runs done"]
      Console.raw(lines.map { String(Console.printable($0).prefix(Console.width - 1)) + "\n" }.joined())
      liveLines = lines.count
    case .log, .json:
      for run in live where isDue(run) {
        lastLogged[run.run] = (Date(), run.fraction)
        if form == .log { Console.diagnostic(Console.printable(text(run))) }
        json("progress", ["run": run.run], numbers(of: run))
      }
    case .none: break
    }
  }

  private func showEnd(
    _ decision: RunDecision, _ status: RunStatus, _ reason: String, _ progress: RunProgress, _ tail: [String]
  ) {
    ended += 1
    lastLogged[decision.run.id] = nil
    let isFailure = status == .failed || status == .diverged
    let word = usesColour ? "\u{1B}[\(isFailure ? 31 : 32)m\(status.rawValue)\u{1B}[0m" : status.rawValue
    let title = Console.printable(decision.title)
    line(
      "[\(ended)/\(toDo)] \(title) \(word)" + (reason.isEmpty ? outcome(progress) : ": \(Console.printable(reason))"),
      isPrintable: true)
    if isFailure {
      for text in tail { line("    \(text)") }
      if status == .failed { line("    to try it again: \(retry)") }
    }
    json("ended", ["run": decision.run.id, "status": status.rawValue, "reason": reason], [:])
  }

  private func outcome(_ run: RunProgress) -> String {
    let parts = [
      run.top1.map { "top1 \(Format.percent($0))" }, run.sparsity.map { "sparsity \(Format.percent($0))" },
      run.seconds.map { Format.duration($0) },
    ].compactMap(\.self)
    return parts.isEmpty ? "" : ": " + parts.joined(separator: ", ")
  }

  private func isDue(_ run: RunProgress) -> Bool {
    guard let last = lastLogged[run.run] else { return true }
    return Date().timeIntervalSince(last.time) >= Self.logInterval
      || run.fraction - last.fraction >= Self.logShare
  }

  private func text(_ run: RunProgress) -> String {
    var parts = ["\(run.title)", "epoch \(Format.value((run.epoch * 10).rounded() / 10))/\(run.epochs)"]
    if run.step > 0 { parts.append("step \(run.step)") }
    if let loss = run.loss { parts.append("loss \(String(format: "%.3f", loss))") }
    if let top1 = run.top1 { parts.append("top1 \(Format.percent(top1))") }
    if let sparsity = run.sparsity { parts.append("sparsity \(Format.percent(sparsity))") }
    if let rate = run.examplesPerSecond { parts.append("\(Int(rate.rounded())) examples/s") }
    if let seconds = run.secondsLeft { parts.append("\(Format.duration(seconds)) left") }
    return parts.joined(separator: "  ")
  }

  private func numbers(of run: RunProgress) -> [String: Double] {
    let optional = [
      "loss": run.loss, "top1": run.top1, "sparsity": run.sparsity, "examplesPerSecond": run.examplesPerSecond,
      "secondsLeft": run.secondsLeft,
    ]
    return optional.compactMapValues { $0 }.merging(
      ["step": Double(run.step), "epoch": run.epoch, "epochs": Double(run.epochs)], uniquingKeysWith: { $1 })
  }

  private func line(_ text: String, isPrintable: Bool = false) {
    guard form == .bar || form == .log else { return }
    erase()
    Console.diagnostic(isPrintable ? text : Console.printable(text))
  }

  private func erase() {
    guard liveLines > 0 else { return }
    Console.raw("\u{1B}[\(liveLines)A\u{1B}[J")
    liveLines = 0
  }

  private func json(_ event: String, _ texts: [String: String], _ numbers: [String: Double]) {
    guard form == .json else { return }
    var members = ["\"event\":\(TextTable.quoted(event))"]
    members += texts.sorted { $0.key < $1.key }.map { "\(TextTable.quoted($0.key)):\(TextTable.quoted($0.value))" }
    members += numbers.sorted { $0.key < $1.key }.filter(\.value.isFinite).map { key, value in
      "\(TextTable.quoted(key)):\(value == value.rounded() && abs(value) < 1e15 ? "\(Int(value))" : "\(value)")"
    }
    Console.diagnostic("{\(members.joined(separator: ","))}")
  }
}
