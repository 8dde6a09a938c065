import Foundation
import Planning
import StudyKit
import Testing

/// One clear message for each way in which a study file can be wrong, compared whole.
@Suite struct StudyLoaderErrorTests {
  private let fixture: StudyFixture

  init() throws {
    fixture = try StudyFixture()
  }

  /// The message that loading `source` as the study `bad` gives, with the workspace's path written as `WORKSPACE`.
  private func message(_ source: String, limits: StudyLimits = .standard) throws -> String {
    try fixture.write("bad", source)
    return try message(loading: "bad", with: fixture.loader(limits: limits))
  }

  private func message(loading argument: String, with loader: StudyLoader) throws -> String {
    let error = #expect(throws: PlanningError.self) { try loader.load(argument) }
    return try #require(error).description.replacingOccurrences(of: fixture.workspace.path, with: "WORKSPACE")
  }

  @Test func unknownSlugNamesTheNearestStudy() throws {
    try fixture.write("mobilenet-v1", "")
    try fixture.write("resnet18", "")
    let loader = try fixture.loader()
    #expect(
      try message(loading: "mobilenet-v2", with: loader)
        == "study 'mobilenet-v2' is unknown; did you mean 'mobilenet-v1'?")
    #expect(
      try message(loading: "transformer", with: loader)
        == "study 'transformer' is unknown: expected one of mobilenet-v1, resnet18")
  }

  @Test func missingFileIsNamed() throws {
    #expect(
      try message(loading: fixture.path("none"), with: fixture.loader())
        == "file 'studies/none.swift' cannot be read: no such file")
  }

  @Test func fileCalledMainIsRefused() throws {
    try fixture.write("main", "")
    #expect(
      try message(loading: fixture.path("main"), with: fixture.loader())
        == "study file 'studies/main.swift' has a reserved name: expected any other than 'main.swift'; rename it after "
        + "its slug")
  }

  @Test(arguments: [
    ("import Foundation", "Foundation"), ("@preconcurrency import Foundation", "Foundation"),
    ("import struct Glibc.timeval", "Glibc"), ("#if os(Linux)\nimport Foundation\n#endif", "Foundation"),
  ])
  func importOfAnythingButStudyKitIsRefusedWithItsLine(declaration: String, module: String) throws {
    let line = declaration.hasPrefix("#if") ? 4 : 3
    #expect(
      try message("import StudyKit\n\n\(declaration)\n")
        == "study file 'studies/bad.swift:\(line)' imports '\(module)': expected StudyKit only; remove the import")
  }

  @Test func misspeltMethodIsTheCompilersErrorAtTheAuthorsLine() throws {
    let message = try message(
      StudyFixture.source("bad", parts: "  Arm(\"pdp\", .pdb(temperature: 1e-4), .unstructured(0.9))"))
    #expect(
      message == """
        WORKSPACE/studies/bad.swift:16:15: error: type 'Method' has no member 'pdb'
        14 | ) {
        15 |   Arm("dense", .dense)
        16 |   Arm("pdp", .pdb(temperature: 1e-4), .unstructured(0.9))
           |               `- error: type 'Method' has no member 'pdb'
        17 | }
        study 'studies/bad.swift' does not compile: swiftc ended with exit code 1; correct it where the compiler points
        """)
  }

  @Test(arguments: [
    (
      "  if true { Arm(\"a\", .dense) }",
      "a study has no conditions; name the profiles of an arm with 'in:', or write a second study"
    ),
    (
      "  if true { Arm(\"a\", .dense) } else { Arm(\"b\", .dense) }",
      "a study has no conditions; name the profiles of an arm with 'in:', or write a second study"
    ),
    (
      "  42",
      "a study is made of Text, Arm, Table, Figure, Claim and Published values; nothing else has a place in it"
    ),
  ])
  func whatTheBuilderRefusesIsSaidInASentenceAtItsLine(parts: String, sentence: String) throws {
    let message = try message(StudyFixture.source("bad", parts: parts))
    #expect(message.contains("WORKSPACE/studies/bad.swift:16:"))
    #expect(message.contains(sentence))
  }

  @Test func statementAtTopLevelIsTheCompilersError() throws {
    let message = try message("import StudyKit\nlet names = [\"a\"]\nfor name in names { _ = name }\n")
    #expect(message.contains("WORKSPACE/studies/bad.swift:3:1: error: statements are not allowed at the top level"))
  }

  @Test func fileWithoutAStudySaysWhatToDeclare() throws {
    let message = try message("import StudyKit\n")
    #expect(
      message.hasSuffix(
        "study 'studies/bad.swift' does not compile: swiftc ended with exit code 1; declare 'let study = Study(…)' in it"
      ))
  }

  @Test func cutOffFileIsTheCompilersError() throws {
    let source = StudyFixture.source("bad", parts: "")
    let message = try message(String(source.prefix(source.count / 2)))
    #expect(message.contains("WORKSPACE/studies/bad.swift:"))
    #expect(message.contains("error: expected"))
  }

  @Test func bytesThatAreNoTextAreTheCompilersError() throws {
    try Data([0x2F, 0x2F, 0xC3, 0x28, 0x0A]).write(to: fixture.workspace.appending(path: "studies/bad.swift"))
    let message = try message(loading: "bad", with: fixture.loader())
    #expect(message.contains("WORKSPACE/studies/bad.swift:1:"))
    #expect(message.contains("error: invalid UTF-8 found in source file"))
  }

  @Test func printingIsRefused() throws {
    let source = StudyFixture.source("bad", parts: "") + "\nlet noise: String = { print(\"hello\"); return \"T\" }()\n"
    #expect(
      try message(source.replacingOccurrences(of: "title: \"T\"", with: "title: noise"))
        == "study 'studies/bad.swift' prints 'hello': expected no output; a study only declares values")
  }

  @Test func studyThatRollsDiceIsRefused() throws {
    let source =
      StudyFixture.source("bad", parts: "") + "\nlet noise = String(UInt64.random(in: 0 ... .max))\n"
    #expect(
      try message(source.replacingOccurrences(of: "title: \"T\"", with: "title: noise"))
        == "study 'studies/bad.swift' declares another value each time it is evaluated: expected the same; remove what "
        + "is random in it")
  }

  @Test func endlessStudyIsStoppedByItsProcessorTime() throws {
    let source =
      StudyFixture.source("bad", parts: "") + "\nlet noise: String = { while true {}; return \"T\" }()\n"
    let limits = StudyLimits(seconds: 10, processorSeconds: 1, memoryBytes: 1 << 30, fileBytes: 1 << 20)
    #expect(
      try message(source.replacingOccurrences(of: "title: \"T\"", with: "title: noise"), limits: limits)
        .hasSuffix(
          "study 'studies/bad.swift' cannot be evaluated: its program was killed by signal 9; a study only declares "
            + "values"))
  }

  @Test func endlessStudyIsStoppedByTheClock() throws {
    let source =
      StudyFixture.source("bad", parts: "") + "\nlet noise: String = { while true {}; return \"T\" }()\n"
    let limits = StudyLimits(seconds: 1, processorSeconds: 100, memoryBytes: 1 << 30, fileBytes: 1 << 20)
    #expect(
      try message(source.replacingOccurrences(of: "title: \"T\"", with: "title: noise"), limits: limits)
        == "study 'studies/bad.swift' cannot be evaluated: its program was stopped after 1 s; a study only "
        + "declares values")
  }

  @Test func studyThatTakesTooMuchMemoryIsKilled() throws {
    let source =
      StudyFixture.source("bad", parts: "")
      + "\nlet noise: String = String([UInt8](repeating: 1, count: 1 << 31).count)\n"
    let limits = StudyLimits(seconds: 10, processorSeconds: 10, memoryBytes: 1 << 30, fileBytes: 1 << 20)
    #expect(
      try message(source.replacingOccurrences(of: "title: \"T\"", with: "title: noise"), limits: limits)
        .contains("study 'studies/bad.swift' cannot be evaluated: its program was killed by signal "))
  }

  @Test func studyWhoseOutputIsTooLargeIsKilled() throws {
    let source =
      StudyFixture.source("bad", parts: "") + "\nlet noise = String(repeating: \"x\", count: 1 << 20)\n"
    let limits = StudyLimits(seconds: 10, processorSeconds: 10, memoryBytes: 1 << 30, fileBytes: 1 << 16)
    #expect(
      try message(source.replacingOccurrences(of: "title: \"T\"", with: "title: noise"), limits: limits)
        == "study 'studies/bad.swift' cannot be evaluated: its program was killed by signal 25; a study only declares "
        + "values")
  }

  @Test func environmentOfTheStudyIsEmptyAndItsFolderTemporary() throws {
    // A study may not import Glibc; it can still name a C function, as anyone who wants to attack can.
    let source =
      """
      import StudyKit

      @_silgen_name("getenv") func environment(_ name: UnsafePointer<CChar>) -> UnsafePointer<CChar>?
      @_silgen_name("getcwd") func folder(_ buffer: UnsafeMutablePointer<CChar>?, _ size: Int) -> UnsafePointer<CChar>?

      let path = environment("PATH").map { String(cString: $0) } ?? "none"
      let here = folder(nil, 0).map { String(cString: $0) } ?? "none"

      """
      + StudyFixture.source("bad", parts: "  Text(path)\n  Text(here)").replacingOccurrences(
        of: "import StudyKit\n", with: "")
    let document = try fixture.load("bad", source)
    let texts = document.study.parts.compactMap { part in
      if case .text(let text) = part { text.markdown } else { nil }
    }
    #expect(texts.first == "none")
    let folder = try #require(texts.last)
    #expect(folder.hasSuffix("/empty"))
    #expect(!FileManager.default.fileExists(atPath: folder))
  }

  @Test func toolchainWithoutCompilerSaysWhatToInstall() {
    let error = #expect(throws: PlanningError.self) {
      try StudyToolchain(besideExecutable: URL(filePath: CommandLine.arguments[0]), searchPath: "/nowhere")
    }
    #expect(error?.description == "'swiftc' is missing; install Swift 6.3 and put its folder on PATH")
  }

  @Test func toolchainWithoutStudyKitSaysWhatToBuild() {
    let error = #expect(throws: PlanningError.self) {
      try StudyToolchain(
        besideExecutable: fixture.workspace.appending(path: "pdp-study"),
        searchPath: ProcessInfo.processInfo.environment["PATH"] ?? "")
    }
    #expect(
      error?.description == "'\(fixture.workspace.path)/libStudyKit.so' is missing; run 'swift build' to make it")
  }
}
