import ArgumentParser
import Conformance
import Foundation

/// Runs conformance cases.
struct VerifyCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "verify",
    abstract: "Compares the engine with a folder of reference cases.",
    discussion: "Example: pdp-study verify Tests/ConformanceTests/Golden"
  )

  @OptionGroup var global: GlobalOptions

  @Argument(help: ArgumentHelp("Folder of .safetensors and .json cases.", valueName: "folder"))
  var folder: String

  func run() throws {
    let outcomes = try Conformance.run(folder: URL(filePath: folder, directoryHint: .isDirectory)) { outcome in
      let head = "\(Console.printable(outcome.name))  \(Console.printable(outcome.operation))"
      switch outcome.verdict {
      case .passed(let error): Console.output("\(head)  \(Format.value(error))  pass")
      case .passedInSinglePrecision(let error, let deviation):
        Console.output("\(head)  \(Format.value(error))  pass (single precision: \(Console.printable("\(deviation)")))")
      case .failed(let error, let place):
        Console.output("\(head)  \(Format.value(error))  fail  \(Console.printable(place))")
      case .broken(let reason): Console.output("\(head)  -  fail  \(Console.printable(reason))")
      }
    }
    let passed = outcomes.count { $0.verdict.isPass }
    Console.output("\(passed) passed, \(outcomes.count - passed) failed")
    guard passed == outcomes.count else { throw ExitCode(ExitStatus.failed.rawValue) }
  }
}
