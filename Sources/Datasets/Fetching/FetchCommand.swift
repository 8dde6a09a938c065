import Foundation

/// One run of an installed program on behalf of a fetch.
struct FetchCommand {
  /// Data set that it is run for, for errors.
  let dataset: String
  let tool: String
  /// System package that brings the tool.
  let systemPackage: String
  let arguments: [String]
  /// Where it runs and writes; growing files in it count as progress.
  let directory: URL
  let environment: [String: String]
  /// How long it may run without progress.
  let stallSeconds: Int

  /// How it ended, and the last lines that it wrote.
  struct Outcome {
    var status: Int
    var output: String
  }

  /// Runs to the end, calling `observe` with the bytes written so far about ten times a second.
  ///
  /// - Throws: `toolMissing`; `stalled`; `interrupted` once `observe` returns false; `fileSystem` if it cannot start.
  func run(observe: (Int) -> Bool) throws(DatasetError) -> Outcome {
    guard let executable = executable() else {
      throw .toolMissing(dataset: dataset, tool: tool, package: systemPackage)
    }
    // A file and no pipe: nobody has to read for the program to go on.
    let log = directory.appending(path: ".output-of-\(tool)")
    let process = Process()
    do {
      try Data().write(to: log)
      let output = try FileHandle(forWritingTo: log)
      defer { try? output.close() }
      process.executableURL = executable
      process.arguments = arguments
      process.currentDirectoryURL = directory
      // Messages are recognised in English.
      process.environment = environment.merging(["LC_ALL": "C"]) { _, english in english }
      process.standardInput = FileHandle.nullDevice
      process.standardOutput = output
      process.standardError = output
      try process.run()
    } catch {
      throw .fileSystem(path: executable.path, reason: reason(of: error))
    }
    try watch(process, observe: observe)
    return Outcome(status: Int(process.terminationStatus), output: lastLines(of: log))
  }

  private func watch(_ process: Process, observe: (Int) -> Bool) throws(DatasetError) {
    let clock = ContinuousClock()
    var written = -1
    var progressed = clock.now
    while process.isRunning {
      let now = Self.bytes(in: directory)
      if now != written { (written, progressed) = (now, clock.now) }
      guard observe(now) else {
        end(process)
        throw .interrupted(dataset: dataset)
      }
      guard clock.now - progressed < .seconds(stallSeconds) else {
        end(process)
        throw .stalled(dataset: dataset, command: tool, seconds: stallSeconds)
      }
      Thread.sleep(forTimeInterval: 0.05)
    }
  }

  /// Asks the program to end, and makes it after a second.
  private func end(_ process: Process) {
    process.terminate()
    for _ in 0..<20 where process.isRunning { Thread.sleep(forTimeInterval: 0.05) }
    if process.isRunning { kill(process.processIdentifier, SIGKILL) }
    process.waitUntilExit()
  }

  private func executable() -> URL? {
    (environment["PATH"] ?? "").split(separator: ":")
      .map { URL(filePath: String($0)).appending(path: tool) }
      .first { FileManager.default.isExecutableFile(atPath: $0.path) }
  }

  /// Size of all regular files below a folder; a file that vanishes meanwhile counts nothing.
  static func bytes(in folder: URL) -> Int {
    guard let files = FileManager.default.enumerator(at: folder, includingPropertiesForKeys: [.fileSizeKey]) else {
      return 0
    }
    return files.reduce(0) { sum, file in
      sum + ((try? (file as? URL)?.resourceValues(forKeys: [.fileSizeKey]).fileSize) ?? 0)
    }
  }

  /// The end of what the program wrote, apt's warnings left out, in one line without control characters.
  private func lastLines(of log: URL) -> String {
    let text = (try? Data(contentsOf: log)).map { String(decoding: $0.suffix(2000), as: UTF8.self) } ?? ""
    let lines = text.split(whereSeparator: \.isNewline).filter { !$0.hasPrefix("W: ") }.suffix(3).map { line in
      String(line.unicodeScalars.map { $0.value < 32 || $0.value == 127 ? " " : Character($0) })
    }
    return lines.joined(separator: " | ")
  }
}
