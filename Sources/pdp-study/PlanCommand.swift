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
    discussion: """
      Says what the runs left to do will take on this machine, from finished runs on as many threads: of the same \
      network, data, batch and method where there are such, else of the nearest network, by operations. A search for a \
      sparsity counts with all trainings that it may make.

      With --explain, shows instead what every arm will do to each weight of its network, and why.

      Example: pdp-study plan mobilenet-v1 --profile bench
      Example: pdp-study plan mobilenet-v1 --profile bench --explain --arm pdp-0.866
      """
  )

  @OptionGroup var global: GlobalOptions
  @OptionGroup var study: StudyOptions
  @OptionGroup var side: JobOptions

  @Flag(help: "Print JSON.")
  var json = false

  @Flag(help: "Show what the arms will do to each weight, and why.")
  var explain = false

  @Option(help: ArgumentHelp("With --explain, this arm alone.", valueName: "name"))
  var arm: String?

  func validate() throws {
    guard arm == nil || explain else { throw ValidationError("--arm: expected beside --explain") }
    guard !explain || study.only.isEmpty else { throw ValidationError("--only: expected --arm beside --explain") }
  }

  func run() throws {
    let (plan, runs, planner) = try study.planned(global)
    if explain {
      let explanations = try planner.explanations(of: plan, arm: arm)
      Console.output(json ? try PrettyJSON.text(of: explanations) : ExplanationText(explanations: explanations).text)
      guard explanations.allSatisfy(\.fault.isEmpty) else { throw ExitCode(ExitStatus.invalidStudy.rawValue) }
      return
    }
    let store = try global.openStore()
    let executor = Executor(
      store: store, plan: plan, options: ExecutionOptions(), stopRequests: { 0 }, report: { _ in })
    let decisions = try executor.decisions(for: runs)
    let estimate = try PlanEstimate.make(decisions, of: plan, planner, store, side)
    let free = global.layout.freeBytes
    if json {
      Console.output(try PrettyJSON.text(of: PlanDocument(plan, decisions, estimate, free: free)))
    } else {
      Console.output(DecisionTable.table(decisions).text(.table))
      Console.output("\n" + EstimateText(estimate: estimate, free: free).text)
    }
    var counts = [RunDecision.Action.run, .resume, .skip].map { action in
      "\(decisions.count { $0.action == action }) to \(action.rawValue)"
    }
    let blocked = decisions.count { $0.action == .blocked }
    if blocked > 0 { counts.append("\(blocked) blocked") }
    let shared = plan.arms.flatMap(\.runs).count - plan.runs.count
    Console.note(
      "plan \(plan.id) of study '\(plan.study.slug)' at profile \(plan.profile.rawValue): "
        + counts.joined(separator: ", ") + (shared > 0 ? "; \(shared) shared by arms with equal configurations" : ""))
  }
}

extension PlanEstimate {
  /// What carrying out decisions about runs of `plan` takes on this machine.
  static func make(
    _ decisions: [RunDecision], of plan: Plan, _ planner: Planner, _ store: RunStore, _ side: JobOptions
  ) throws -> PlanEstimate {
    let estimator = Estimator(WorkBook(planner), try store.measuredConfigurations(), threads: side.threadsEach)
    return PlanEstimate(decisions, of: plan, estimator, jobs: side.jobs, threads: side.threadsEach)
  }
}
