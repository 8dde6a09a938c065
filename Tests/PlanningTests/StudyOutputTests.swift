import Foundation
import Planning
import StudyKit
import Testing

/// What a study's program may hand over, tried with a compiler that makes programs which hand over something else.
@Suite struct StudyOutputTests {
  private let fixture: StudyFixture

  init() throws {
    fixture = try StudyFixture()
    try fixture.write("small", StudyFixture.source("small", parts: ""))
  }

  /// The message after a program `script`, whose first argument is where the study belongs.
  private func message(program script: String) throws -> String {
    let error = #expect(throws: PlanningError.self) { try loader(program: script).load("small") }
    return try #require(error).description
  }

  private func loader(program script: String, limits: StudyLimits = .standard) throws -> StudyLoader {
    let compiler = fixture.workspace.appending(path: "swiftc")
    try Data(
      """
      #!/bin/sh
      case "$1" in
      --version) echo 'a compiler' ;;
      -scan-dependencies) echo '{"imports": ["StudyKit"]}' ;;
      *)
        while [ "$1" != -o ]; do shift; done
        /bin/cat > "$2" <<'PROGRAM'
      #!/bin/sh
      \(script)
      PROGRAM
        /bin/chmod +x "$2" ;;
      esac

      """.utf8
    ).write(to: compiler)
    try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: compiler.path)
    var toolchain = try StudyFixture.toolchain()
    toolchain.compiler = compiler
    return try fixture.loader(limits: limits, toolchain: toolchain)
  }

  @Test func studyOfAnotherSchemaIsRefusedBeforeItIsRead() throws {
    #expect(
      try message(program: "echo '{\"schema\": 4, \"study\": {\"poem\": 1}}' > \"$1\"")
        == "study 'studies/small.swift' was written by a StudyKit of schema 4: expected schema 3; build StudyKit and "
        + "pdp-study from the same sources")
  }

  @Test(arguments: [
    ("", "not valid JSON"), ("{\"schema\": 3, \"study\": {", "not valid JSON"),
    ("{\"study\": {}}", "key 'schema' is missing at the top"),
    ("{\"schema\": 3}", "key 'study' is missing at the top"),
    ("{\"schema\": 3, \"study\": {\"slug\": 3}}", "expected String at 'study.slug'"),
  ])
  func brokenValueIsNamed(text: String, reason: String) throws {
    #expect(
      try message(program: "printf '%s' '\(text)' > \"$1\"")
        == "the value of study 'studies/small.swift' cannot be read: \(reason); build StudyKit and pdp-study from the "
        + "same sources")
  }

  @Test func programThatEndsWithoutAValueIsNamed() throws {
    #expect(
      try message(program: "exit 0")
        == "study 'studies/small.swift' ended without declaring a study: expected 'let study = Study(…)'; it must not "
        + "exit")
  }

  @Test func programThatFailsShowsWhatItSaid() throws {
    #expect(
      try message(program: "echo 'it broke' >&2; exit 3") == """
        it broke
        study 'studies/small.swift' cannot be evaluated: its program ended with exit code 3; a study only declares values
        """)
  }

  @Test func childrenOfAStoppedProgramAreStoppedToo() throws {
    let pid = fixture.workspace.appending(path: "pid")
    let limits = StudyLimits(seconds: 1, processorSeconds: 5, memoryBytes: 1 << 30, fileBytes: 1 << 20)
    let loader = try loader(program: "sleep 60 & echo $! > '\(pid.path)'; wait", limits: limits)
    let error = #expect(throws: PlanningError.self) { try loader.load("small") }
    #expect(
      error
        == .evaluationFailed(path: "studies/small.swift", output: "", status: .timedOut(seconds: 1)))
    let child = try String(contentsOf: pid, encoding: .utf8).trimmingCharacters(in: .whitespacesAndNewlines)
    #expect(!child.isEmpty)
    // A killed child may be a zombie until its new parent has noticed; its command line is gone at once.
    let commandLine = FileManager.default.contents(atPath: "/proc/\(child)/cmdline") ?? Data()
    #expect(!String(decoding: commandLine, as: UTF8.self).hasPrefix("sleep"))
  }

  @Test func studyHasNoNetworkWhereTheKernelGrantsThat() throws {
    let target = fixture.workspace.appending(path: "network")
    _ = #expect(throws: PlanningError.self) {
      try loader(program: "readlink /proc/self/ns/net > '\(target.path)'").load("small")
    }
    let inside = try String(contentsOf: target, encoding: .utf8).trimmingCharacters(in: .whitespacesAndNewlines)
    let outside = try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/ns/net")
    let probe = Process()
    probe.executableURL = URL(filePath: "/usr/bin/unshare")
    probe.arguments = ["--user", "--net", "/bin/true"]
    probe.standardError = FileHandle.nullDevice
    try probe.run()
    probe.waitUntilExit()
    let isGranted = probe.terminationStatus == 0
    #expect(inside.hasPrefix("net:"))
    #expect((inside != outside) == isGranted)
  }
}
