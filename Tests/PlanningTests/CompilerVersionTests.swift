import Foundation
import Testing

@testable import Planning

/// A compiler is asked for its version once, and again when its files are others.
@Suite struct CompilerVersionTests {
  private let folder: URL
  private let version: CompilerVersion

  init() throws {
    folder = FileManager.default.temporaryDirectory.appending(path: "compiler-\(UUID().uuidString)")
    let bin = folder.appending(path: "bin")
    try FileManager.default.createDirectory(at: bin, withIntermediateDirectories: true)
    for tool in ["swift-driver", "swift-frontend"] { try Data(tool.utf8).write(to: bin.appending(path: tool)) }
    let compiler = bin.appending(path: "swiftc")
    try FileManager.default.createSymbolicLink(
      at: compiler, withDestinationURL: bin.appending(path: "swift-driver"))
    version = CompilerVersion(compiler: compiler, cacheDirectory: folder.appending(path: "cache"))
  }

  private var kept: URL { folder.appending(path: "cache/compiler-version.json") }

  /// What is said, and whether the compiler was asked.
  private func asked(answering answer: String) throws -> (text: String, wasAsked: Bool) {
    var wasAsked = false
    let text = try version.text {
      wasAsked = true
      return answer
    }
    return (text, wasAsked)
  }

  @Test func theSameFilesAreAskedOnce() throws {
    #expect(try asked(answering: "6.3.1") == ("6.3.1", true))
    #expect(try asked(answering: "another") == ("6.3.1", false))
  }

  @Test(arguments: ["swift-driver", "swift-frontend"]) func otherFilesAreAskedAgain(tool: String) throws {
    _ = try asked(answering: "6.3.1")
    // As many bytes, as an update within a second may leave them.
    try Data(repeating: 1, count: tool.utf8.count).write(to: folder.appending(path: "bin/\(tool)"), options: .atomic)
    #expect(try asked(answering: "6.4") == ("6.4", true))
    #expect(try asked(answering: "another") == ("6.4", false))
  }

  @Test func aChooserOfToolchainsIsAskedEachTime() throws {
    try FileManager.default.removeItem(at: folder.appending(path: "bin/swift-frontend"))
    #expect(try asked(answering: "6.3.1") == ("6.3.1", true))
    #expect(try asked(answering: "6.4") == ("6.4", true))
    #expect(!FileManager.default.fileExists(atPath: kept.path))
  }

  @Test(arguments: [0, 1, 40]) func aBrokenFileIsWrittenAnew(length: Int) throws {
    _ = try asked(answering: "6.3.1")
    let whole = try Data(contentsOf: kept)
    try whole.prefix(length).write(to: kept)
    #expect(try asked(answering: "6.3.1") == ("6.3.1", true))
    #expect(try Data(contentsOf: kept).count == whole.count)
  }

  @Test func failureToAnswerIsNotKept() throws {
    #expect(throws: PlanningError.self) {
      _ = try version.text { () throws(PlanningError) in throw .toolMissing(tool: "swiftc", remedy: "none") }
    }
    #expect(try asked(answering: "6.3.1") == ("6.3.1", true))
  }
}
