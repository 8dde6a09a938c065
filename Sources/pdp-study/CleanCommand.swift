import ArgumentParser
import Foundation
import RunStore

/// Makes room.
struct CleanCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "clean",
    abstract: "Lists what can be deleted below results, and deletes it with --yes.",
    discussion: """
      Without more, only what writers left that died in the middle. Journals, plans, exported weights and reports of runs \
      that a plan has are never touched, nor are runs in hand.

      Example: pdp-study clean --checkpoints --yes
      """
  )

  @OptionGroup var global: GlobalOptions

  @Flag(help: "Also checkpoints of runs that have succeeded.")
  var checkpoints = false

  @Flag(help: "Also run folders that no plan has any more, with their results.")
  var orphans = false

  @Flag(help: "Delete what is listed.")
  var yes = false

  func run() throws {
    let leftovers = Leftovers(of: try global.openStore())
    var found = try leftovers.drafts()
    if checkpoints { found += try leftovers.finishedCheckpoints() }
    if orphans { found += try leftovers.orphans() }
    let rows = found.map { item -> [TextTable.Cell] in
      [.number(Format.bytes(item.bytes)), .text(item.what), .text(Console.shortPath(item.url))]
    }
    if !rows.isEmpty { Console.output(TextTable(columns: ["size", "what", "path"], rows: rows).text(.table)) }
    let total = Format.bytes(found.map(\.bytes).reduce(0, +))
    guard yes else {
      Console.diagnostic(found.isEmpty ? "nothing to delete" : "\(total) could be deleted; --yes deletes it")
      return
    }
    for item in found {
      do {
        try FileManager.default.removeItem(at: item.url)
      } catch {
        throw RunStoreError.fileSystem(
          path: item.url.path, operation: "delete", reason: (error as NSError).localizedDescription)
      }
    }
    Console.diagnostic(found.isEmpty ? "nothing to delete" : "\(total) deleted")
  }
}
