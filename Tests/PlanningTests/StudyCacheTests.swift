import Foundation
import Planning
import StudyKit
import Testing

/// Compiles are counted by a compiler that notes its calls before it hands them on.
@Suite struct StudyCacheTests {
  private let fixture: StudyFixture
  private let toolchain: StudyToolchain
  private let calls: URL

  init() throws {
    fixture = try StudyFixture()
    calls = fixture.workspace.appending(path: "calls")
    let wrapper = fixture.workspace.appending(path: "swiftc")
    var toolchain = try StudyFixture.toolchain()
    try Data(
      """
      #!/bin/sh
      echo "$1" >> '\(calls.path)'
      exec '\(toolchain.compiler.path)' "$@"

      """.utf8
    ).write(to: wrapper)
    try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: wrapper.path)
    toolchain.compiler = wrapper
    self.toolchain = toolchain
    try fixture.write("small", StudyFixture.source("small", parts: ""))
  }

  private var compiles: Int {
    get throws {
      try String(contentsOf: calls, encoding: .utf8).split(separator: "\n").count { $0 == "-Onone" }
    }
  }

  private func load(_ slug: String = "small") throws -> StudyDocument {
    try fixture.loader(toolchain: toolchain).load(slug)
  }

  private var entries: [URL] {
    get throws {
      try FileManager.default.contentsOfDirectory(
        at: fixture.cache.appending(path: "studies"), includingPropertiesForKeys: nil)
    }
  }

  @Test func unchangedStudyIsCompiledOnce() throws {
    let first = try load()
    let second = try load()
    #expect(first == second)
    #expect(try compiles == 1)
  }

  @Test func movedWorkspaceIsCompiledAllTheSame() throws {
    _ = try load()
    let moved = fixture.workspace.appending(path: "moved")
    try FileManager.default.createDirectory(at: moved, withIntermediateDirectories: true)
    for name in ["studies", "cache"] {
      try FileManager.default.moveItem(
        at: fixture.workspace.appending(path: name), to: moved.appending(path: name))
    }
    let study = moved.appending(path: "studies/small.swift")
    try (String(contentsOf: study, encoding: .utf8) + "\n").write(to: study, atomically: true, encoding: .utf8)
    let loader = StudyLoader(
      workspace: moved, cacheDirectory: moved.appending(path: "cache"), toolchain: toolchain)
    #expect(try loader.load("small").study.slug == "small")
    #expect(try compiles == 2)
  }

  @Test func everyEditIsCompiled() throws {
    let first = try load()
    try fixture.write("small", StudyFixture.source("small", parts: "") + "\n")
    let second = try load()
    #expect(first.study == second.study)
    #expect(first.sourceDigest != second.sourceDigest)
    #expect(try compiles == 2)
  }

  @Test func anotherStudyKitCompilesAgain() throws {
    _ = try load()
    let folder = fixture.workspace.appending(path: "other")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    var other = toolchain
    other.library = folder.appending(path: "libStudyKit.so")
    // Bytes after the end of the library's sections change nothing but its digest.
    try (Data(contentsOf: toolchain.library) + Data([0])).write(to: other.library)
    _ = try fixture.loader(toolchain: other).load("small")
    #expect(try compiles == 2)
  }

  @Test(arguments: [0, 10, 64, 65, 66, -1])
  func brokenEntryIsAWarningAndARecompile(length: Int) throws {
    let first = try load()
    let entry = try #require(try entries.first)
    let whole = try Data(contentsOf: entry)
    try (length < 0 ? Data(whole.map { $0 == 0x54 ? 0x55 : $0 }) : whole.prefix(length)).write(to: entry)
    let second = try load()
    #expect(second.study == first.study)
    #expect(second.warnings == ["cache entry '\(entry.path)' is broken; the study was compiled again"])
    #expect(try compiles == 2)
    #expect(try Data(contentsOf: entry) == whole)
    #expect(try load().warnings == [])
  }

  @Test func onlySuccessesAreCached() throws {
    try fixture.write("bad", StudyFixture.source("bad", parts: "  Arm(\"dense\", .dense)"))
    for _ in 0..<2 {
      #expect(throws: PlanningError.self) { try load("bad") }
    }
    #expect(try compiles == 2)
    #expect(!FileManager.default.fileExists(atPath: fixture.cache.appending(path: "studies").path))
  }

  @Test func cacheThatCannotBeWrittenIsAWarning() throws {
    try Data().write(to: fixture.cache)
    let document = try load()
    #expect(document.study.slug == "small")
    #expect(document.warnings.count == 1)
    #expect(document.warnings.first?.hasSuffix("the study is compiled again each time") == true)
  }
}
