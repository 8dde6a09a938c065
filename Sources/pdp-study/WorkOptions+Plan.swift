import Datasets
import Execution
import Foundation
import Planning
import Reports
import RunStore

/// What the verbs that train do before and after.
extension WorkOptions {
  /// Verifies the data of the runs to be done before the first of them starts, and fetches it if that was asked for.
  func checkData(_ plan: Plan, _ decisions: [RunDecision], _ global: GlobalOptions, fetch: Bool) throws {
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

  /// Refuses to start what cannot end for want of room on the disk, and warns of what may not.
  func checkRoom(for estimate: PlanEstimate, _ global: GlobalOptions) throws {
    guard let free = global.layout.freeBytes, estimate.diskBytes > free else { return }
    let path = Console.printable(global.layout.root.path)
    guard estimate.firstDiskBytes <= free else {
      throw ExecutionError.noRoom(path: path, needed: estimate.firstDiskBytes, free: free)
    }
    Console.note(
      "note: what is left to do takes about \(Format.bytes(estimate.diskBytes)) in '\(path)', of which "
        + "\(Format.bytes(free)) are free; 'pdp-study clean --checkpoints --yes' makes room as runs end")
  }

  /// Writes the plan's report, unless the one that is there is newer than all that the plan's runs said.
  static func writeReport(_ plan: Plan, _ store: RunStore) throws -> URL {
    let folder = store.layout.report(study: plan.study.slug, profile: plan.profile.rawValue)
    let file = folder.appending(path: "report.md")
    if let written = modificationDate(of: file), try newestWord(of: plan, store.layout) < written { return file }
    return try Report.write(ReportData(plan: plan, runs: store.evidence(for: plan)), to: folder)
  }

  /// When a journal of one of the plan's runs last changed.
  private static func newestWord(of plan: Plan, _ layout: ResultsLayout) throws -> Date {
    var newest = Date.distantPast
    for run in plan.runs {
      for attempt in try layout.attemptNumbers(run.id) {
        newest = max(newest, modificationDate(of: layout.journal(run.id, attempt)) ?? .distantPast)
      }
    }
    return newest
  }

  private static func modificationDate(of url: URL) -> Date? {
    (try? FileManager.default.attributesOfItem(atPath: url.path))?[.modificationDate] as? Date
  }
}
