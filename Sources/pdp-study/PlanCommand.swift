import ArgumentParser
import Execution
import Foundation
import Planning
import RunStore

/// Shows what `run` would do.
struct PlanCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "plan",
    abstract: "Shows every run of a study and what would be done about it, without doing it.",
    discussion: "Example: pdp-study plan mobilenet-v1 --profile bench"
  )

  @OptionGroup var global: GlobalOptions
  @OptionGroup var study: StudyOptions

  @Flag(help: "Print JSON.")
  var json = false

  func run() throws {
    let (plan, runs) = try study.plan(global)
    let store = try global.openStore()
    let executor = Executor(
      store: store, plan: plan, options: ExecutionOptions(), stopRequests: { 0 }, report: { _ in })
    let decisions = try executor.decisions(for: runs)
    Console.output(DecisionTable.table(decisions).text(json ? .json : .table))
    var counts = [RunDecision.Action.run, .resume, .skip].map { action in
      "\(decisions.count { $0.action == action }) to \(action.rawValue)"
    }
    let blocked = decisions.count { $0.action == .blocked }
    if blocked > 0 { counts.append("\(blocked) blocked") }
    let shared = plan.arms.flatMap(\.runs).count - plan.runs.count
    Console.diagnostic(
      "plan \(plan.id) of study '\(plan.study.slug)' at profile \(plan.profile.rawValue): "
        + counts.joined(separator: ", ") + (shared > 0 ? "; \(shared) shared by arms with equal configurations" : ""))
  }
}
