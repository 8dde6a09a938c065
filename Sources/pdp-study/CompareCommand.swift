import ArgumentParser
import Foundation
import Reports
import RunStore

/// Puts runs and arms side by side.
struct CompareCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "compare",
    abstract: "Puts runs or arms side by side: what differs in their configurations, and their numbers.",
    discussion: """
      A target is the beginning of a run's id, or study:profile:arm for all replicates of an arm, or study:profile for \
      every arm of a study. The first one is what the others are compared with: differences are taken in pairs of runs \
      with the same seed, and come with the two-sided 95 % interval of their mean by Student's t; numbers of an arm are \
      mean ± standard deviation over its replicates. Runs that have not succeeded are left out and counted; runs of \
      different numerics versions are never averaged or subtracted.

      Example: pdp-study compare 3f2a 77c0
      Example: pdp-study compare mobilenet-v1:bench:dense mobilenet-v1:bench:pdp-0.866 --metric top1
      """
  )

  @OptionGroup var global: GlobalOptions

  @Argument(help: ArgumentHelp("Two or more runs or arms.", valueName: "target"))
  var targets: [String]

  @Option(help: ArgumentHelp("Only this number; may be given again.", valueName: "name"))
  var metric: [String] = []

  @Flag(help: "Print JSON.")
  var json = false

  func run() throws {
    let store = try global.openStore()
    let chosen = try targets.flatMap { try store.targets($0) }
    guard chosen.count > 1 else {
      throw UsageError("compare: expected two or more runs or arms, got '\(chosen.first?.name ?? "")' alone")
    }
    for target in chosen where target.otherConfigurations > 0 {
      Console.note(
        "note: '\(target.name)' had \(target.otherConfigurations) other configurations in earlier plans; the newest is "
          + "compared")
    }
    let runs = try chosen.map { (name: $0.name, runs: try store.comparedRuns($0.runs)) }
    let known = RunComparison.names(of: runs.flatMap(\.runs))
    for name in metric where !known.contains(name) { throw UsageError.unknown("metric", name, among: known) }
    var configurations: [String: [RunDetails.Parameter]] = [:]
    for spec in Set(runs.flatMap(\.runs).map(\.spec)) { configurations[spec] = try store.parameters(ofSpec: spec) }
    let comparison = RunComparison(runs, configurations: configurations, names: metric.isEmpty ? nil : metric)
    Console.output(json ? try PrettyJSON.text(of: comparison) : ComparisonText(comparison: comparison).text)
  }
}
