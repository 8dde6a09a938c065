import Foundation
import Testing

/// Every reader of files from outside on a few thousand inputs; `make fuzz-readers` gives each a million.
@Suite struct FuzzReadersTests {
  private func fuzz(_ arguments: String...) throws -> (status: Int32, output: String, diagnostics: String) {
    let process = Process()
    process.executableURL = URL(filePath: "/proc/self/exe").resolvingSymlinksInPath().deletingLastPathComponent()
      .appending(path: "fuzz-readers")
    process.arguments = arguments
    let folder = FileManager.default.temporaryDirectory.appending(path: "fuzz-readers-test-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    let streams = try ["out", "err"].map { name in
      let url = folder.appending(path: name)
      try Data().write(to: url)
      return url
    }
    process.currentDirectoryURL = folder
    process.standardOutput = try FileHandle(forWritingTo: streams[0])
    process.standardError = try FileHandle(forWritingTo: streams[1])
    try process.run()
    process.waitUntilExit()
    let texts = try streams.map { try String(contentsOf: $0, encoding: .utf8) }
    return (process.terminationStatus, texts[0], texts[1])
  }

  @Test func everyReaderReadsOrRefusesWhateverItIsGiven() throws {
    let outcome = try fuzz("--inputs", "3000")
    #expect(outcome.status == 0, "\(outcome.diagnostics)")
    let rows = outcome.output.split(separator: "\n").dropFirst().map { $0.split(separator: " ") }
    #expect(rows.count == 22)
    for row in rows {
      #expect(row.count == 6 && row[1] == "3000" && row[4] == "0", "\(row)")
      // Inputs that no reader takes would try nothing but its first check; any text can be cut into tokens.
      #expect((Int(row[2]) ?? 0) > 5 && (row[0] == "tokenizer" || (Int(row[3]) ?? 0) > 20), "\(row)")
    }
  }

  @Test func corpusIsReadAndRefusedAsItsNamesSay() throws {
    let outcome = try fuzz("corpus")
    #expect(outcome.status == 0, "\(outcome.diagnostics)")
    #expect(outcome.output.hasSuffix(" files as their names say\n"))
  }

  @Test func crashIsToldWithItsSeedAndNumberAndTheInputIsKept() throws {
    let outcome = try fuzz("--reader", "self-test", "--inputs", "14", "--failures", "14", "--seed", "2")
    #expect(outcome.status == 1)
    let lines = outcome.diagnostics.split(separator: "\n")
    #expect(lines.allSatisfy { $0.hasPrefix("reader 'self-test', seed 2, input ") })
    let endings = ["was ended by signal 4: ", "took more than 2 s", "failed: no memory", "failed: it contradicts"]
    for ending in endings { #expect(lines.contains { $0.contains(ending) }, "\(ending): \(lines)") }
    for line in lines {
      let parts = line.split(separator: "'")
      let path = try #require(parts.last { $0.hasPrefix("/") })
      let number = try #require(line.firstMatch(of: #/input (\d+)/#)).1
      #expect(path.hasSuffix("seed-2-number-\(number)"))
    }
  }
}
