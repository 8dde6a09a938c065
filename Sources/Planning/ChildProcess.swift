import Foundation

/// A program run to its end in a process group of its own, which is killed as a whole when its time is up.
struct ChildProcess {
  var executable: URL
  var arguments: [String]
  var environment: [String: String]
  var directory: URL
  var seconds: Int
  /// Set for a program that is not trusted.
  var limits: StudyLimits?

  struct Result {
    var status: ChildStatus
    /// Standard output, its first part if it is very long.
    var output: String
    /// Standard error, likewise.
    var diagnostics: String
  }

  /// Coreutils' `timeout` keeps the time: it makes the process group, and does so even if this process is killed.
  private static let timeout = "/usr/bin/timeout"
  private static let shell = "/bin/sh"
  /// Bytes of each stream that are read back.
  private static let outputLimit = 4 << 20

  /// Sets the limits, then runs the rest of its arguments, without a network where the kernel grants that.
  private static func confinement(_ limits: StudyLimits) -> String {
    """
    ulimit -c 0 && ulimit -t \(limits.processorSeconds) && ulimit -v \(limits.memoryBytes >> 10) \
    && ulimit -f \(limits.fileBytes >> 9) || exit 125
    if /usr/bin/unshare --user --net /bin/true 2>/dev/null; then exec /usr/bin/unshare --user --net -- "$@"; fi
    exec "$@"
    """
  }

  /// Runs the program, its streams going to files in `scratch`.
  ///
  /// - Throws: `PlanningError.toolMissing` if it cannot be started, `unwritable` if `scratch` cannot be written.
  func run(scratch: URL) throws(PlanningError) -> Result {
    let name = UUID().uuidString
    let output = scratch.appending(path: "\(name).stdout")
    let diagnostics = scratch.appending(path: "\(name).stderr")
    let process = Process()
    process.executableURL = URL(filePath: Self.timeout)
    var command = ["--signal=KILL", String(seconds)]
    if let limits { command += [Self.shell, "-c", Self.confinement(limits), Self.shell] }
    process.arguments = command + [executable.path] + arguments
    process.environment = environment
    process.currentDirectoryURL = directory
    process.standardInput = FileHandle.nullDevice
    process.standardOutput = try Self.created(output)
    process.standardError = try Self.created(diagnostics)
    let clock = ContinuousClock()
    let start = clock.now
    do {
      try process.run()
    } catch {
      throw .toolMissing(tool: Self.timeout, remedy: "install coreutils (\(reason(of: error)))")
    }
    // Workaround: on Linux, `waitUntilExit` alone looks only every 50 ms; remove when it wakes at once.
    while process.isRunning { Thread.sleep(forTimeInterval: 0.001) }
    process.waitUntilExit()
    let elapsed = clock.now - start
    return Result(
      status: status(of: process, after: elapsed), output: try Self.beginning(of: output),
      diagnostics: try Self.beginning(of: diagnostics))
  }

  /// `timeout` dies of the signal that it sends, and hands on any other end as a shell does.
  private func status(of process: Process, after elapsed: Duration) -> ChildStatus {
    let code = process.terminationStatus
    if process.terminationReason == .uncaughtSignal {
      return elapsed >= .seconds(seconds) ? .timedOut(seconds: seconds) : .killed(signal: code)
    }
    if code > 128, code < 160 {
      return elapsed >= .seconds(seconds) ? .timedOut(seconds: seconds) : .killed(signal: code - 128)
    }
    return .exited(code: code)
  }

  private static func created(_ url: URL) throws(PlanningError) -> FileHandle {
    do {
      try Data().write(to: url)
      return try FileHandle(forWritingTo: url)
    } catch {
      throw .unwritable(path: url.path, reason: reason(of: error))
    }
  }

  private static func beginning(of url: URL) throws(PlanningError) -> String {
    do {
      let file = try FileHandle(forReadingFrom: url)
      defer { try? file.close() }
      return String(decoding: try file.read(upToCount: outputLimit) ?? Data(), as: UTF8.self)
    } catch {
      throw .unreadable(path: url.path, reason: reason(of: error))
    }
  }
}
