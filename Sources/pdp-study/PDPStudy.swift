import ArgumentParser
import Foundation
import Planning

@main
struct PDPStudy: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "pdp-study",
    abstract: "Runs pruning studies and reports what came of them.",
    discussion: """
      A study is a declarative Swift file. Its runs are skipped when they are done and continued when they were \
      interrupted.

      Example: pdp-study run mobilenet-v1 --profile smoke
      """,
    version: "0.1.0",
    subcommands: [
      PlanCommand.self, RunCommand.self, ResumeCommand.self, ListCommand.self, ShowCommand.self,
      CompareCommand.self, QueryCommand.self, ReportCommand.self, ExportCommand.self, ImportCommand.self,
      DataCommand.self, DatabaseCommand.self,
      CleanCommand.self, VerifyCommand.self,
      VerifyMaskCommand.self, BenchCommand.self, InferCommand.self, DoctorCommand.self, WorkerCommand.self,
    ]
  )

  static func main() {
    do {
      try checkVerb(CommandLine.arguments.dropFirst().first)
      var command = try parseAsRoot()
      try command.run()
    } catch let exit as ExitCode {
      Foundation.exit(exit.rawValue)
    } catch {
      leave(with: error)
    }
  }

  /// Prints what is wrong and ends the program with the error's code.
  private static func leave(with error: any Error) -> Never {
    // The parser's own errors, and its requests to print a help text or the version.
    switch (exitCode(for: error), error) {
    case (.success, _):
      Console.output(fullMessage(for: error))
      Foundation.exit(ExitStatus.done.rawValue)
    case (.validationFailure, _):
      Console.diagnostic(fullMessage(for: error))
      Foundation.exit(ExitStatus.usage.rawValue)
    default:
      Console.diagnostic(report(of: error))
      Foundation.exit(ExitStatus(of: error).rawValue)
    }
  }

  /// The error's text; what a compiler or a study's program said stands unchanged before our own line.
  private static func report(of error: any Error) -> String {
    switch error {
    case PlanningError.compilationFailed(_, let output, _), PlanningError.importScanFailed(_, let output, _),
      PlanningError.evaluationFailed(_, let output, _):
      let text = "\(error)"
      let ours = output.isEmpty ? text : String(text.split(separator: "\n").last ?? "")
      return text.dropLast(ours.count) + "error: \(ours)"
    // Names in it may come from a damaged or foreign file.
    default: return "error: \(Console.printableLines("\(error)"))"
    }
  }

  /// Names the nearest verb for one that there is not.
  private static func checkVerb(_ word: String?) throws {
    let verbs = configuration.subcommands.filter { $0.configuration.shouldDisplay }.map { $0._commandName }
    guard let word, !word.hasPrefix("-"), word != "help", word != WorkerCommand._commandName, !verbs.contains(word)
    else { return }
    throw UsageError.unknown("verb", word, among: verbs)
  }
}
