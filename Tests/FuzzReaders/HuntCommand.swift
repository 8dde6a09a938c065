import ArgumentParser
import Foundation

/// Hunts for inputs that a reader neither reads nor refuses.
struct HuntCommand: ParsableCommand {
  static let configuration = CommandConfiguration(commandName: "hunt", abstract: "Read changed files (the default).")

  @Option(help: "Name of a reader, or all.")
  var reader = "all"
  @Option(help: "Inputs of each reader, the files of its corpus among them.")
  var inputs = 1_000_000
  @Option(help: "What the changes follow from.")
  var seed: UInt64 = 1
  @Option(help: "Failures after which a reader is given up.")
  var failures = 10
  @Option(help: ArgumentHelp("Where inputs that fail are kept.", valueName: "folder"))
  var out = ".build/fuzz-failures"

  func validate() throws {
    guard inputs > 0, failures > 0 else { throw ValidationError("--inputs and --failures are at least 1") }
    if reader != "all" { _ = try FuzzReaders.reader(reader) }
  }

  func run() throws {
    let readers = reader == "all" ? FuzzReader.all : [try FuzzReaders.reader(reader)]
    Self.show(["reader", "inputs", "read", "refused", "failed", "inputs/s"])
    var failed = 0
    for reader in readers {
      var hunt = Hunt(
        reader: reader, inputs: inputs, seed: seed, failureLimit: failures, out: URL(filePath: out).standardizedFileURL)
      let start = ContinuousClock.now
      try hunt.run()
      let seconds = (ContinuousClock.now - start) / .seconds(1)
      let done = hunt.read + hunt.refused + hunt.failures
      let numbers = [done, hunt.read, hunt.refused, hunt.failures, Int(Double(done) / seconds)]
      Self.show([reader.name] + numbers.map(String.init))
      failed += hunt.failures
    }
    if failed > 0 { throw ExitCode.failure }
  }

  /// Prints a row at once, so that a long hunt can be followed in a file.
  private static func show(_ cells: [String]) {
    let cells = cells.enumerated().map { index, cell in
      let padding = String(repeating: " ", count: max(0, (index == 0 ? 22 : 10) - cell.count))
      return index == 0 ? cell + padding : padding + cell
    }
    FileHandle.standardOutput.write(Data((cells.joined() + "\n").utf8))
  }
}
