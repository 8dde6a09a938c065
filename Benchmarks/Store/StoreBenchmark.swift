import ArgumentParser
import Foundation
import RunStore

/// Times planning, the taking in of journals, and what reads the database, on made-up results of many runs.
@main
struct StoreBenchmark: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "store-benchmark",
    abstract: "Time what the runner's users wait for, on results of many runs.",
    discussion: """
      Makes plans and journals of so many runs in a temporary folder (about 200 bytes a point), takes them into a new \
      database, and times the program's verbs and every view on it. Run it at the repository's root.
      """)

  @Option(help: "Runs in the database.")
  var runs = 10_000
  @Option(help: "Points of metrics and layers, in all runs together.")
  var points = 5_000_000
  @Option(help: ArgumentHelp("Folder to work in, kept afterwards.", valueName: "folder"))
  var folder: String?

  func validate() throws {
    guard runs >= 100, points >= 50 * runs else {
      throw ValidationError("--runs is at least 100 and --points at least 50 a run")
    }
  }

  func run() throws {
    let manager = FileManager.default
    let root =
      folder.map { URL(filePath: $0, directoryHint: .isDirectory) }
      ?? manager.temporaryDirectory.appending(path: "store-benchmark-\(ProcessInfo.processInfo.processIdentifier)")
    defer { if folder == nil { try? manager.removeItem(at: root) } }
    let place = try GeneratedResults(
      root: root, repository: URL(filePath: "."), runs: runs, pointsPerRun: points / runs)
    let written = try measured { try place.write() }
    print("\(runs) runs, \(written.value) points, written in \(Self.text(written.seconds)) s\n")
    print("| what | seconds |\n| --- | ---: |")

    let epoch = try JournallingCost.secondsPerEpoch(in: root)
    print(
      "| the journal lines of an epoch of MobileNet-v1, synchronised with the disk | \(Self.text(epoch, digits: 5)) |")
    // What making the journals left to be written is not part of reading them.
    sync()
    let ingested = try measured { _ = try RunStore.open(place.layout) }
    row(
      "taking all journals into a new database, \(Int(Double(written.value) / ingested.seconds)) points/s",
      ingested.seconds)
    let size = try place.layout.database.resourceValues(forKeys: [.fileSizeKey]).fileSize ?? 0
    row("opening it again (\(size >> 20) MiB)", try measured { _ = try RunStore.open(place.layout) }.seconds)

    let program = try StudyProgram(root: root)
    let run = place.aRun
    for arguments in [
      ["plan", place.study, "--profile", "quick", "--seeds", "0..\(runs / place.armsAtQuick - 1)"],
      ["list"], ["list", "--where", "top1 > 0.9"], ["show", run], ["show", run, "--layers"],
      ["report", place.study, "--profile", "quick"],
    ] {
      row("`pdp-study \(arguments.joined(separator: " "))`", try program.seconds(arguments))
    }
    for view in try RunStore.open(place.layout).views() {
      row("`SELECT * FROM \(view.name)`", try program.seconds(["query", "SELECT * FROM \(view.name)"]))
      guard try program.hasColumn("run", view.name) else { continue }
      row(
        "`SELECT * FROM \(view.name) WHERE run = …`",
        try program.seconds(["query", "SELECT * FROM \(view.name) WHERE run = '\(run)'"]))
    }
  }

  private func row(_ what: String, _ seconds: Double) {
    print("| \(what) | \(Self.text(seconds)) |")
    fflush(nil)
  }

  private static func text(_ seconds: Double, digits: Int = 2) -> String {
    seconds.formatted(.number.precision(.fractionLength(digits)))
  }
}

/// What `body` gives and how long it takes.
func measured<T>(_ body: () throws -> T) rethrows -> (value: T, seconds: Double) {
  let clock = ContinuousClock()
  let start = clock.now
  let value = try body()
  return (value, (clock.now - start) / .seconds(1))
}
