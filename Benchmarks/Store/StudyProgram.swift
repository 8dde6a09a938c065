import ArgumentParser
import Foundation

/// The program `pdp-study` beside this one, run in a workspace.
struct StudyProgram {
  private let executable: URL
  private let root: URL

  init(root: URL) throws {
    executable = URL(filePath: "/proc/self/exe").resolvingSymlinksInPath().deletingLastPathComponent()
      .appending(path: "pdp-study")
    guard FileManager.default.isExecutableFile(atPath: executable.path) else {
      throw ValidationError("\(executable.path) is missing: build it with 'swift build -c release'")
    }
    self.root = root
  }

  /// The smallest of three times of `pdp-study ARGUMENTS`, from start to exit; the first is not counted, for it may compile a
  /// study.
  func seconds(_ arguments: [String]) throws -> Double {
    _ = try output(arguments)
    return try (0..<3).map { _ in try measured { try output(arguments) }.seconds }.min() ?? .nan
  }

  func hasColumn(_ name: String, _ view: String) throws -> Bool {
    try output(["query", "SELECT count(*) FROM pragma_table_info('\(view)') WHERE name = '\(name)'", "--format", "csv"])
      .hasSuffix("1\n")
  }

  private func output(_ arguments: [String]) throws -> String {
    let process = Process()
    process.executableURL = executable
    process.arguments = arguments + ["--root", root.path]
    let pipe = Pipe()
    process.standardOutput = pipe
    try process.run()
    let data = try pipe.fileHandleForReading.readToEnd() ?? Data()
    process.waitUntilExit()
    guard process.terminationStatus == 0 else {
      throw ValidationError("'pdp-study \(arguments.joined(separator: " "))' ended with \(process.terminationStatus)")
    }
    return String(decoding: data, as: UTF8.self)
  }
}
