import Foundation
import Glibc

/// One reader's inputs, read in processes of their own.
struct Hunt {
  let reader: FuzzReader
  let inputs: Int
  let seed: UInt64
  let failureLimit: Int
  /// Where inputs that fail are kept.
  let out: URL

  private(set) var read = 0
  private(set) var refused = 0
  private(set) var failures = 0

  /// Seconds without a step after which a process is ended that takes no processor time.
  private static let patience = 60.0

  init(reader: FuzzReader, inputs: Int, seed: UInt64, failureLimit: Int, out: URL) {
    self.reader = reader
    self.inputs = inputs
    self.seed = seed
    self.failureLimit = failureLimit
    self.out = out
  }

  mutating func run() throws {
    var first = 0
    while first < inputs, failures < failureLimit {
      let scratch = try Scratch()
      let (entry, ending) = try readInputs(from: first, scratch.url)
      read += entry.read
      refused += entry.refused
      guard let ending else { return }
      failures += 1
      try report(entry.number, ending)
      first = entry.number + 1
    }
  }

  /// Reads until the end or a failure; how far that went, and how it failed.
  private func readInputs(from first: Int, _ scratch: URL) throws -> (Ledger.Entry, ending: String?) {
    let ledger = try Ledger(scratch.appending(path: "ledger"))
    let log = scratch.appending(path: "log")
    try Data().write(to: log)
    let process = Process()
    process.executableURL = URL(filePath: "/proc/self/exe").resolvingSymlinksInPath()
    process.arguments = [
      "read", reader.name, "--first", "\(first)", "--inputs", "\(inputs)", "--seed", "\(seed)", "--scratch",
      scratch.path,
    ]
    // A backtrace takes seconds and goes nowhere; one arena keeps what threads reserve out of the bound on memory.
    let settings = ["SWIFT_BACKTRACE": "enable=no", "MALLOC_ARENA_MAX": "1", "OMP_NUM_THREADS": "1"]
    process.environment = ProcessInfo.processInfo.environment.merging(settings) { _, new in new }
    process.standardError = try FileHandle(forWritingTo: log)
    process.standardOutput = FileHandle.nullDevice
    try process.run()
    let isStuck = try wait(for: process, ledger)
    let entry = ledger.entry()
    if process.terminationReason == .exit, process.terminationStatus == 0 { return (entry, nil) }
    let words = try String(contentsOf: log, encoding: .utf8).split(separator: "\n").suffix(3).joined(separator: " | ")
    return (entry, isStuck ? "made no step for \(Int(Self.patience)) s" : Self.ending(of: process) + ": " + words)
  }

  /// Until the process ends, or is ended because it makes no step.
  private func wait(for process: Process, _ ledger: Ledger) throws -> Bool {
    var number = -1
    var moved = ContinuousClock.now
    while process.isRunning {
      Thread.sleep(forTimeInterval: 0.02)
      let now = ledger.entry().number
      if now != number { (number, moved) = (now, .now) }
      if (ContinuousClock.now - moved) / .seconds(1) > Self.patience {
        kill(process.processIdentifier, SIGKILL)
        process.waitUntilExit()
        return true
      }
    }
    process.waitUntilExit()
    return false
  }

  private static func ending(of process: Process) -> String {
    let status = process.terminationStatus
    guard process.terminationReason == .uncaughtSignal else { return "failed" }
    return status == SIGPROF ? "took more than \(ReadCommand.seconds) s" : "was ended by signal \(status)"
  }

  /// Keeps the input and says which it was.
  private func report(_ number: Int, _ ending: String) throws {
    let input = try reader.mutator(seed: seed).input(number)
    let folder = out.appending(path: reader.name)
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    let file = folder.appending(
      path: "\(input.role)@\(input.isSealed ? "sealed-" : "")seed-\(seed)-number-\(number)")
    try input.data.write(to: file)
    let line = "reader '\(reader.name)', seed \(seed), input \(number) \(ending); the input is in '\(file.path)'\n"
    FileHandle.standardError.write(Data(line.utf8))
  }
}
