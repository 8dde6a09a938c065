import ArgumentParser
import Foundation
import RunStore

/// Options of every verb.
struct GlobalOptions: ParsableArguments {
  @Option(help: ArgumentHelp("Folder of the workspace, with its studies, datasets and results.", valueName: "folder"))
  var root = "."

  @Option(help: ArgumentHelp("Database to use instead of results/results.sqlite.", valueName: "file"))
  var db: String?

  @Flag(help: "Print without colours, as with the variable NO_COLOR.")
  var noColor = false

  @Flag(name: .shortAndLong, help: "Say on standard error which files are used.")
  var verbose = false

  @Flag(name: .shortAndLong, help: "Say nothing on standard error but what goes wrong.")
  var quiet = false

  func validate() throws {
    guard !(verbose && quiet) else { throw ValidationError("--verbose and --quiet: expected one of them") }
    if verbose { Console.level = .verbose }
    if quiet { Console.level = .quiet }
  }

  var workspace: URL { URL(filePath: root, directoryHint: .isDirectory).standardizedFileURL }
  var datasets: URL { workspace.appending(path: "datasets", directoryHint: .isDirectory) }

  var layout: ResultsLayout {
    ResultsLayout(
      root: workspace.appending(path: "results", directoryHint: .isDirectory), database: db.map { URL(filePath: $0) })
  }

  /// The database, brought up to date with what live runs have written.
  func openStore() throws -> RunStore {
    let store = try RunStore.open(layout)
    Console.detail("database '\(store.layout.database.path)'")
    let faults = try (store.ingestLiveRuns() + store.ingestLatencies()).map(\.description)
      .filter { !store.notices.contains($0) }
    for notice in store.notices + faults { Console.note("note: \(notice)") }
    return store
  }
}
