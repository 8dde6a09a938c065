import ArgumentParser
import Foundation
import Planning
import Reports
import RunStore

/// Writes a study's report, or compares it with what was written.
struct ReportCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "report",
    abstract: "Writes a study's report: markdown, figures, a CSV file a figure, and a page with all of it.",
    discussion: """
      With --check nothing is written: the report is made in memory and compared with the files in its folder. Exit \
      code 0 if every file is there with the same bytes and no figure of an earlier report is left; otherwise 5, with \
      a line a difference on standard output. Claims that do not hold and runs that are missing or have failed are \
      results: they do not decide, but the files say what has become of each, so that one which has changed since is a \
      difference.

      Example: pdp-study report mobilenet-v1 --profile quick
      Example: pdp-study report mobilenet-v1 --profile quick --check
      """
  )

  @OptionGroup var global: GlobalOptions
  @OptionGroup var study: StudyOptions

  @Option(help: ArgumentHelp("Folder to use instead of results/reports/<study>/<profile>.", valueName: "folder"))
  var out: String?

  @Flag(help: "Compare with the files in the folder instead of writing them; exit code 5 if they differ.")
  var check = false

  func run() throws {
    let (plan, _) = try study.plan(global)
    let store = try global.openStore()
    for run in plan.runs { try store.ingest(run: run.id) }
    let folder =
      out.map { URL(filePath: $0, directoryHint: .isDirectory) }
      ?? store.layout.report(study: plan.study.slug, profile: plan.profile.rawValue)
    let data = ReportData(plan: plan, runs: try store.evidence(for: plan))
    if check {
      try compare(data, with: folder)
    } else {
      Console.output(try Report.write(data, to: folder).path)
    }
  }

  private func compare(_ data: ReportData, with folder: URL) throws {
    let differences = try Report.check(data, in: folder)
    guard !differences.isEmpty else {
      Console.output(folder.appending(path: "report.md").path)
      return
    }
    for difference in differences { Console.output(Console.printable("\(difference)")) }
    let files = differences.count == 1 ? "1 file is" : "\(differences.count) files are"
    Console.diagnostic(
      "error: report in '\(Console.printable(folder.path))' is out of date: \(files) not what the database gives; "
        + "run '\(Console.printable(remedy))'")
    throw ExitCode(ExitStatus.checkNotMet.rawValue)
  }

  /// The command that makes the report anew.
  private var remedy: String {
    var words = ["pdp-study", "report", study.study, "--profile", study.profile]
    if global.root != "." { words += ["--root", global.root] }
    if let db = global.db { words += ["--db", db] }
    if let seeds = study.seeds { words += ["--seeds", seeds] }
    if let out { words += ["--out", out] }
    return words.joined(separator: " ")
  }
}
