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

  var workspace: URL { URL(filePath: root, directoryHint: .isDirectory).standardizedFileURL }
  var datasets: URL { workspace.appending(path: "datasets", directoryHint: .isDirectory) }

  var layout: ResultsLayout {
    ResultsLayout(
      root: workspace.appending(path: "results", directoryHint: .isDirectory), database: db.map { URL(filePath: $0) })
  }

  /// The database, brought up to date with what live runs have written.
  func openStore() throws -> RunStore {
    let store = try RunStore.open(layout)
    for notice in store.notices { Console.diagnostic("note: \(notice)") }
    try store.ingestLiveRuns()
    return store
  }
}
