import Foundation
import Glibc

/// A worker that was started.
struct WorkerProcess {
  private let process: Process
  private let earlyOutput: URL

  init(process: Process, earlyOutput: URL) {
    self.process = process
    self.earlyOutput = earlyOutput
  }

  var isRunning: Bool { process.isRunning }
  var pid: Int32 { process.processIdentifier }

  /// Exit code, or 128 + signal.
  var exitCode: Int {
    let isSignal = process.terminationReason == .uncaughtSignal
    return Int(process.terminationStatus) + (isSignal ? 128 : 0)
  }

  /// How the process ended, in words.
  var ending: String {
    guard process.terminationReason == .uncaughtSignal else {
      return "its process exited with code \(process.terminationStatus)"
    }
    let number = process.terminationStatus
    let name = String(cString: strsignal(number)).lowercased()
    return number == SIGKILL
      ? "its process was killed (signal 9), probably for want of memory; use a smaller batch or fewer runs at once"
      : "its process crashed (signal \(number), \(name))"
  }

  func stop() { Glibc.kill(process.processIdentifier, SIGTERM) }

  func kill() { Glibc.kill(process.processIdentifier, SIGKILL) }

  /// What the worker said before its attempt had a log; the file is removed.
  func takeEarlyOutput() -> String {
    let data = FileManager.default.contents(atPath: earlyOutput.path) ?? Data()
    try? FileManager.default.removeItem(at: earlyOutput)
    return String(decoding: data.suffix(4000), as: UTF8.self).trimmingCharacters(in: .whitespacesAndNewlines)
  }
}
