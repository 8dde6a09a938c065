import ArgumentParser
import Foundation
import Planning
import Reports
import RunStore

/// Writes a study's report.
struct ReportCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "report",
    abstract: "Writes a study's report: markdown, figures, and a CSV file a figure.",
    discussion: "Example: pdp-study report mobilenet-v1 --profile quick"
  )

  @OptionGroup var global: GlobalOptions
  @OptionGroup var study: StudyOptions

  @Option(help: ArgumentHelp("Folder to write to instead of results/reports/<study>/<profile>.", valueName: "folder"))
  var out: String?

  func run() throws {
    let (plan, _) = try study.plan(global)
    let store = try global.openStore()
    for run in plan.runs { try store.ingest(run: run.id) }
    let folder =
      out.map { URL(filePath: $0, directoryHint: .isDirectory) }
      ?? store.layout.report(study: plan.study.slug, profile: plan.profile.rawValue)
    let file = try Report.write(ReportData(plan: plan, runs: store.evidence(for: plan)), to: folder)
    Console.output(file.path)
  }
}
