import ArgumentParser
import Datasets
import Execution
import Foundation

/// Data sets.
struct DataCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "data",
    abstract: "Lists, fetches and verifies data sets.",
    discussion: "Example: pdp-study data fetch fashion-mnist",
    subcommands: [List.self, Fetch.self, Verify.self]
  )

  struct List: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Lists the data sets and what is there of them.", discussion: "Example: pdp-study data list")

    @OptionGroup var global: GlobalOptions

    @Flag(help: "Print JSON.")
    var json = false

    func run() throws {
      let statuses = try DatasetStore(root: global.datasets).list()
      let rows = statuses.map { status -> [TextTable.Cell] in
        let state =
          switch status.state {
          case .fetched: "fetched"
          case .missing: "not fetched"
          case .corrupt: "corrupt"
          case .userProvided: "bring your own"
          }
        return [
          .text(status.name), .text(state), .number(json ? "\(status.bytes)" : Format.bytes(status.bytes)),
          .text(status.title), .text(status.licence),
        ]
      }
      Console.output(
        TextTable(columns: ["name", "state", "size", "title", "licence"], rows: rows).text(json ? .json : .table))
    }
  }

  struct Fetch: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Brings data sets in with the package clients that their manifests name.",
      discussion: "Example: pdp-study data fetch fashion-mnist cifar10-10k")

    @OptionGroup var global: GlobalOptions

    @Argument(help: ArgumentHelp("Data sets by name.", valueName: "name"))
    var names: [String]

    func run() throws {
      let store = DatasetStore(root: global.datasets)
      StopSignals.watch()
      for name in names {
        let isNew = try FetchLine.fetch(name, into: store)
        Console.output("\(name): \(isNew ? "fetched and verified" : "already there, verified")")
      }
    }
  }

  struct Verify: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Checks size and SHA-256 of every file of data sets; of all that are there, without names.",
      discussion: "Example: pdp-study data verify cifar10-10k")

    @OptionGroup var global: GlobalOptions

    @Argument(help: ArgumentHelp("Data sets by name.", valueName: "name"))
    var names: [String] = []

    func run() throws {
      let store = DatasetStore(root: global.datasets)
      var wanted = names
      if wanted.isEmpty {
        wanted = try store.list().filter { status in
          switch status.state {
          case .fetched, .corrupt: true
          case .missing, .userProvided: false
          }
        }.map(\.name)
      }
      for name in wanted {
        try store.verify(name)
        Console.output("\(name): verified")
      }
    }
  }
}
