import ArgumentParser
import Foundation

/// How many runs at a time, and on how many threads.
struct JobOptions: ParsableArguments {
  @Option(name: .shortAndLong, help: ArgumentHelp("Runs at a time.", valueName: "n"))
  var jobs = 1

  @Option(help: ArgumentHelp("Threads a run; otherwise the processors shared out over the jobs.", valueName: "n"))
  var threads: Int?

  func validate() throws {
    guard jobs > 0 else { throw ValidationError("jobs: expected at least 1, got \(jobs)") }
    if let threads, threads < 1 { throw ValidationError("threads: expected at least 1, got \(threads)") }
  }

  var threadsEach: Int { threads ?? max(1, ProcessInfo.processInfo.activeProcessorCount / jobs) }
}
