import ArgumentParser
import Datasets
import Foundation
import Planning
import RunStore

/// Arguments that choose a study, its scale and its runs.
struct StudyOptions: ParsableArguments {
  @Argument(help: ArgumentHelp("Study file, or the name of one in the folder studies.", valueName: "study"))
  var study: String

  @Option(help: ArgumentHelp("Scale: smoke, quick, bench or paper.", valueName: "profile"))
  var profile = "quick"

  @Option(help: ArgumentHelp("Replicates to run, such as 0..4 or 3, instead of the profile's.", valueName: "range"))
  var seeds: String?

  @Option(help: ArgumentHelp("Only runs with arm, method, sparsity or replicate of a value.", valueName: "key=value"))
  var only: [String] = []

  /// The study's plan, and the runs of it that are wanted.
  func plan(_ global: GlobalOptions) throws -> (plan: Plan, runs: [Plan.Run]) {
    let (plan, runs, _) = try planned(global)
    return (plan, runs)
  }

  /// The same with the planner that made the plan.
  func planned(_ global: GlobalOptions) throws -> (plan: Plan, runs: [Plan.Run], planner: Planner) {
    let profile = try chosenProfile()
    let replicates = try seeds.map(Self.range)
    let filters = try only.map { try PlanFilter($0) }
    let document = try Self.loader(global).load(study)
    for warning in document.warnings { Console.note("note: \(warning)") }
    let planner = try Planner(store: DatasetStore(root: global.datasets))
    let plan = try planner.plan(document, profile: profile, replicates: replicates)
    Console.detail("study file '\(document.sourcePath)', plan '\(plan.id)'")
    return (plan, try plan.runs(matching: filters), planner)
  }

  static func loader(_ global: GlobalOptions) throws -> StudyLoader {
    let environment = ProcessInfo.processInfo.environment
    return StudyLoader(
      workspace: global.workspace,
      cacheDirectory: global.layout.root.appending(path: ".cache/studies", directoryHint: .isDirectory),
      toolchain: try StudyToolchain(besideExecutable: executable, searchPath: environment["PATH"] ?? ""))
  }

  /// This program's file.
  static var executable: URL { URL(filePath: "/proc/self/exe").resolvingSymlinksInPath() }

  private func chosenProfile() throws -> Profile {
    if let profile = Profile(rawValue: profile) { return profile }
    throw UsageError.unknown("profile", profile, among: Profile.allCases.map(\.rawValue))
  }

  /// Reads `3` or `0..4`, both ends included.
  private static func range(_ text: String) throws -> ClosedRange<Int> {
    let ends = text.split(separator: "..", omittingEmptySubsequences: false).map { Int($0) }
    guard let first = ends.first ?? nil, let last = ends.last ?? nil, ends.count <= 2, first >= 0, first <= last else {
      throw UsageError(
        "seeds '\(Console.printable(text))' are no range of replicates: expected a number or two, such as 0..4")
    }
    return first...last
  }
}
