import ArgumentParser
import Conformance
import Datasets
import Foundation

/// Runs conformance cases.
struct VerifyCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "verify",
    abstract: "Compares the engine with a folder of reference cases.",
    discussion: """
      Ends with 1 if a case fails. A case whose data are not fetched is skipped and says how to fetch them.

      Example: pdp-study verify Tests/ConformanceTests/Golden
      """
  )

  @OptionGroup var global: GlobalOptions

  @Argument(help: ArgumentHelp("Folder of .safetensors and .json cases.", valueName: "folder"))
  var folder: String

  @Flag(help: "Print JSON.")
  var json = false

  func run() throws {
    let folder = URL(filePath: folder, directoryHint: .isDirectory)
    let store = DatasetStore(root: global.datasets)
    let packages = DataPackages { try Self.find($0, in: store) }
    let outcomes = try Conformance.run(folder: folder, packages: packages) { outcome in
      if json { return }
      let head = "\(Console.printable(outcome.name))  \(Console.printable(outcome.operation))"
      switch outcome.verdict {
      case .passed(let error): Console.output("\(head)  \(Format.value(error))  pass")
      case .passedInSinglePrecision(let error, let deviation):
        Console.output("\(head)  \(Format.value(error))  pass (single precision: \(Console.printable("\(deviation)")))")
      case .failed(let error, let place):
        Console.output("\(head)  \(Format.value(error))  fail  \(Console.printable(place))")
      case .skipped(let package, let command):
        Console.output(
          "\(head)  -  skipped  data package '\(Console.printable(package))' is not fetched; run '\(command)'")
      case .broken(let reason): Console.output("\(head)  -  fail  \(Console.printable(reason))")
      }
    }
    let passed = outcomes.count { $0.verdict.isPass }
    let skipped = outcomes.count { if case .skipped = $0.verdict { true } else { false } }
    let failed = outcomes.count - passed - skipped
    Console.output(
      json
        ? try PrettyJSON.text(of: outcomes.map(VerifiedCase.init))
        : "\(passed) passed, \(failed) failed" + (skipped > 0 ? ", \(skipped) skipped" : ""))
    guard failed == 0 else { throw ExitCode(ExitStatus.failed.rawValue) }
  }

  /// What the workspace has of a package.
  private static func find(_ package: String, in store: DatasetStore) throws -> DataPackage {
    guard let name = try store.name(ofPackage: package) else { return .unknown }
    do throws(DatasetError) {
      return .folder(try store.folder(name))
    } catch {
      guard case .notFetched = error else { throw error }
      return .notFetched(command: "pdp-study data fetch \(name)")
    }
  }
}

/// What came of a case, for programs.
private struct VerifiedCase: Encodable {
  enum Verdict: String, Encodable {
    case pass
    case passInSinglePrecision = "pass in single precision"
    case fail
    case skipped
    case broken
  }

  let name: String
  let operation: String
  let verdict: Verdict
  /// Largest error; nil where none was computed, or where it is not finite.
  let error: Double?
  /// Where it is, or why there is none; empty for a case that passed.
  let detail: String

  init(_ outcome: Conformance.Outcome) {
    name = outcome.name
    operation = outcome.operation
    switch outcome.verdict {
    case .passed(let error): (verdict, self.error, detail) = (.pass, error, "")
    case .passedInSinglePrecision(let error, let deviation):
      (verdict, self.error, detail) = (.passInSinglePrecision, error, "\(deviation)")
    case .failed(let error, let place): (verdict, self.error, detail) = (.fail, error.isFinite ? error : nil, place)
    case .skipped(let package, let command):
      (verdict, error, detail) = (.skipped, nil, "data package '\(package)' is not fetched; run '\(command)'")
    case .broken(let reason): (verdict, error, detail) = (.broken, nil, reason)
    }
  }
}
