import ArgumentParser
import Foundation
import RunStore

/// Takes in run folders.
struct ImportCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "import",
    abstract: "Takes in runs that 'export --format bundle' wrote elsewhere.",
    discussion: """
      Everything is verified before anything is put in place: the digests of all files, every line of every journal, and \
      that the files belong to their runs. A run that is here already is left as it is, but gets exported weights that it lacks; where one of two journals \
      continues the other, the longer one stays. A run that is here with other contents ends the import, and nothing of \
      its bundle is taken in.

      Example: pdp-study import mobilenet-v1.tar
      """
  )

  @OptionGroup var global: GlobalOptions

  @Argument(help: ArgumentHelp("Folders or tar archives.", valueName: "bundle"))
  var bundles: [String]

  func run() throws {
    let store = try global.openStore()
    let bundle = BundleImport(into: store)
    for path in bundles {
      let outcomes = try bundle.take(URL(filePath: path))
      let words: [(BundleImport.Outcome, String)] = [
        (.added, "added"), (.extended, "continued from a shorter journal"),
        (.kept, "kept, since the journal here goes further"), (.unchanged, "here already"),
        (.restored, "here already, now with exported weights"),
      ]
      let counts = words.compactMap { outcome, text in
        let count = outcomes.count { $0.outcome == outcome }
        return count > 0 ? "\(count) \(text)" : nil
      }
      Console.output("\(path): \(Format.counted(outcomes.count, "run")): \(counts.joined(separator: ", "))")
    }
  }
}
