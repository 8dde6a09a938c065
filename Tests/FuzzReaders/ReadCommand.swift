import ArgumentParser
import Foundation
import Glibc

/// The process that reads: everything that can go wrong with a reader ends it, and the ledger tells at which input.
struct ReadCommand: ParsableCommand {
  static let configuration = CommandConfiguration(commandName: "read", shouldDisplay: false)

  /// Bytes of address space that reading may take beside what is there before the first changed input.
  static let memory = 256 << 20
  /// Processor seconds that one input may take.
  static let seconds = 2

  @Argument var reader: String
  @Option var first: Int
  @Option var inputs: Int
  @Option var seed: UInt64
  @Option var scratch: String

  func run() throws {
    let reader = try FuzzReaders.reader(reader)
    let mutator = try reader.mutator(seed: seed)
    let scratch = URL(filePath: scratch, directoryHint: .isDirectory)
    let read = try reader.make(scratch)
    let ledger = try Ledger(scratch.appending(path: "ledger"))
    var entry = Ledger.Entry()
    // Libraries load and reserve what they need at their first call.
    for (number, file) in mutator.corpus.files.enumerated() {
      entry.number = number
      try ledger.write(entry)
      _ = try? read(file.input)
    }
    Self.boundMemory()
    let parent = getppid()
    for number in first..<inputs where getppid() == parent {
      entry.number = number
      try ledger.write(entry)
      let input = mutator.input(number)
      Self.startTimer()
      do {
        try read(input)
        entry.read += 1
      } catch let failure as ReaderFailure {
        FileHandle.standardError.write(Data("\(failure)\n".utf8))
        throw ExitCode.failure
      } catch {
        entry.refused += 1
      }
    }
    entry.number = inputs
    try ledger.write(entry)
  }

  /// Ends this process by a signal once an input has taken its processor time.
  static func startTimer() {
    var timer = itimerval()
    timer.it_value.tv_sec = seconds
    setitimer(__itimer_which_t(ITIMER_PROF.rawValue), &timer, nil)
  }

  /// From here on, allocations fail that take `memory` more than there is.
  static func boundMemory() {
    let taken = bytes(at: 0)
    var limit = rlimit()
    getrlimit(__rlimit_resource_t(RLIMIT_AS.rawValue), &limit)
    limit.rlim_cur = min(limit.rlim_max, rlim_t(taken + memory))
    setrlimit(__rlimit_resource_t(RLIMIT_AS.rawValue), &limit)
  }

  static var residentBytes: Int { bytes(at: 1) }

  /// What the kernel counts of this process's memory: the address space first, what is resident next.
  private static func bytes(at field: Int) -> Int {
    let fields = (try? String(contentsOfFile: "/proc/self/statm", encoding: .utf8))?.split(separator: " ") ?? []
    return (fields.count > field ? Int(fields[field]) ?? 0 : 0) * Int(sysconf(Int32(_SC_PAGESIZE)))
  }
}
