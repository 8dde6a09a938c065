import ArgumentParser
import Foundation
import RunStore

/// Looks after the database.
struct DatabaseCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "db",
    abstract: "Checks, upgrades, rebuilds and copies the database of results.",
    discussion: """
      The database is an index over the run folders: whatever happens to it, it can be filled from them again.

      Example: pdp-study db check
      """,
    subcommands: [Check.self, Migrate.self, Rebuild.self, Snapshot.self]
  )

  struct Check: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Looks whether the file is intact and says what the run folders say, row by row.",
      discussion: "Example: pdp-study db check")

    @OptionGroup var global: GlobalOptions

    func run() throws {
      let store = try global.openStore()
      var faults = try store.integrityFault().map { ["the file is damaged: \($0)"] } ?? []
      faults += try store.differencesFromFiles()
      let replayed = try store.query("SELECT count(*) FROM v_replay_audit", rowLimit: 1, seconds: 3600)
      if case .integer(let count) = replayed.rows[0][0], count > 0 {
        faults.append("\(count) points were computed twice and differ; 'SELECT * FROM v_replay_audit' shows them")
      }
      let gone = try store.runsWithoutJournals()
      if !gone.isEmpty {
        Console.diagnostic(
          "note: the journals of \(Format.counted(gone.count, "run")) are gone; the database alone knows them")
      }
      guard faults.isEmpty else {
        for fault in faults { Console.diagnostic("error: \(Console.printable(fault))") }
        Console.diagnostic("'pdp-study db rebuild' fills the database from the run folders")
        throw ExitCode(ExitStatus.integrity.rawValue)
      }
      Console.output("intact, and equal to the run folders: \(try DatabaseCommand.contents(of: store))")
    }
  }

  struct Migrate: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Brings a database of an earlier version up to date, as every other verb does when it opens one.",
      discussion: "Example: pdp-study db migrate --db old.sqlite")

    @OptionGroup var global: GlobalOptions

    func run() throws {
      let store = try global.openStore()
      let versions = try store.migrations().map { "'\($0)'" }.joined(separator: ", ")
      Console.output("up to date: \(versions)")
    }
  }

  struct Rebuild: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Empties the database and fills it from plans and journals.",
      discussion: """
        Nothing is emptied if the database knows of runs whose folders are gone.

        Example: pdp-study db rebuild
        """)

    @OptionGroup var global: GlobalOptions

    func run() throws {
      let store = try global.openStore()
      let faults = try store.rebuild()
      for fault in faults { Console.diagnostic("error: \(fault)") }
      Console.output("rebuilt: \(try DatabaseCommand.contents(of: store))")
      guard faults.isEmpty else { throw ExitCode(ExitStatus.integrity.rawValue) }
    }
  }

  struct Snapshot: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Writes a compact read-only copy of the database, one file.",
      discussion: "Example: pdp-study db snapshot results-of-may.sqlite")

    @OptionGroup var global: GlobalOptions

    @Argument(help: ArgumentHelp("File to write.", valueName: "file"))
    var file: String

    func run() throws {
      let store = try global.openStore()
      try store.snapshot(to: URL(filePath: file))
      Console.output("\(file): \(try DatabaseCommand.contents(of: store))")
    }
  }

  private static func contents(of store: RunStore) throws -> String {
    let (runs, attempts, points) = try store.counts()
    return [
      Format.counted(runs, "run"), Format.counted(attempts, "attempt"), Format.counted(points, "metric point"),
    ].joined(separator: ", ")
  }
}
