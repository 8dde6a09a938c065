import Foundation
import Glibc
import Testing

@Suite struct CommandLineTests {
  private let workplace: Workplace

  init() throws {
    workplace = try Workplace()
  }

  private typealias Outcome = Workplace.Outcome

  @Test func studyRunsOnceIsSkippedThenAndAnswersQuestions() throws {
    let planned = try workplace.run("plan", "tiny", "--profile", "smoke")
    #expect(planned.code == 0)
    #expect(
      planned.output.split(separator: "\n").map { String($0.prefix(21)) } == [
        "action  arm      repl", "run     dense        ", "run     pdp-0.5      ", "time    unknown: noth",
        "memory  unknown: no r", "disk    about 10 MB f",
      ])

    let first = try workplace.run("run", "tiny", "--profile", "smoke", "--progress", "log")
    #expect(first.code == 0, "\(first.diagnostics)")
    #expect(first.output == "")
    let report = "results/reports/tiny/smoke/report.md"
    let last = first.diagnostics.split(separator: "\n").last.map(String.init) ?? ""
    #expect(last.hasPrefix("2 done, 0 skipped, 0 failed, 0 left in "))
    #expect(last.hasSuffix("; report: \(report)"))
    #expect(try String(contentsOf: workplace.root.appending(path: report), encoding: .utf8).contains("A tiny study"))

    #expect(try workplace.run("plan", "tiny", "--profile", "smoke").output.hasSuffix("\n\nnothing is left to do\n"))
    let larger = try workplace.run("plan", "tiny", "--profile", "bench", "--json")
    let document = try #require(
      try JSONSerialization.jsonObject(with: Data(larger.output.utf8)) as? [String: Any])
    let estimate = try #require(document["estimate"] as? [String: Any])
    #expect(estimate["runs"] as? Int == 4)
    #expect(estimate["seconds"] is Double)
    #expect((estimate["memoryBytes"] as? Int ?? 0) > 10_000_000)
    let runs = try #require(document["runs"] as? [[String: Any]])
    #expect(
      Set(runs.compactMap { $0["basis"] as? String }) == [
        "1 finished run of the same network, data, batch and method took"
      ])

    let second = try workplace.run("run", "tiny", "--profile", "smoke")
    #expect(second.code == 0)
    #expect(second.output == "")
    let lines = second.diagnostics.split(separator: "\n").map(String.init)
    #expect(lines.first == "all 2 runs: already done")
    #expect(lines.last?.hasPrefix("0 done, 2 skipped, 0 failed, 0 left in 0.") == true)

    #expect(
      try workplace.run(
        "query", "--format", "csv",
        "SELECT arm, status, requested = achieved AS same, prunable > 200000 AS large FROM v_runs "
          + "JOIN v_pruned_counts USING (run, arm) ORDER BY arm")
        == Outcome(
          code: 0, output: "arm,status,same,large\ndense,succeeded,1,1\npdp-0.5,succeeded,1,1\n", diagnostics: ""))
    let listed = try workplace.run("list", "--where", "method = 'pdp'", "--json")
    #expect(listed.code == 0)
    #expect(listed.output.contains(#""arm":"pdp-0.5","replicate":0,"status":"succeeded""#))
    let run =
      try workplace.run("query", "--format", "csv", "SELECT run FROM v_runs WHERE arm = 'pdp-0.5'")
      .output.split(separator: "\n").last.map(String.init) ?? ""
    let shown = try workplace.run("show", String(run.prefix(8)), "--layers")
    #expect(shown.code == 0)
    #expect(shown.output.hasPrefix("run \(run): succeeded\nstudy tiny, profile smoke, arm pdp-0.5, replicate 0, seed "))
    #expect(
      shown.output.contains(
        "to do it again: pdp-study run studies/tiny.swift --profile smoke --seeds 0 --only arm=pdp-0.5 --force\n"))
    #expect(try workplace.run("report", "tiny", "--profile", "smoke").output.hasSuffix("/\(report)\n"))
    try checkReport(at: report)
  }

  /// That `report --check` tells the report at `path` from one that was changed, and puts nothing right itself.
  private func checkReport(at path: String) throws {
    let check = ["report", "tiny", "--profile", "smoke", "--check"]
    let same = try workplace.start(check).finish()
    #expect(same.code == 0 && same.output.hasSuffix("/\(path)\n") && same.diagnostics == "")
    let url = workplace.root.appending(path: path)
    let text = try String(contentsOf: url, encoding: .utf8)
    try Data(text.replacing("# A tiny study", with: "# A huge study").utf8).write(to: url)
    let folder = url.deletingLastPathComponent().path
    for _ in 0..<2 {
      let changed = try workplace.start(check).finish()
      #expect(changed.code == 5)
      #expect(
        changed.output == "'report.md' differs in line 3: expected '# A tiny study', got '# A huge study'\n")
      #expect(
        changed.diagnostics.hasSuffix(
          "\(folder)' is out of date: 1 file is not what the database gives; run 'pdp-study report tiny --profile "
            + "smoke'\n"))
    }
    let elsewhere = try workplace.run("report", "tiny", "--profile", "smoke", "--check", "--out", "nowhere")
    #expect(elsewhere.code == 5)
    #expect(elsewhere.output.split(separator: "\n").first == "'report.md' is missing")
    #expect(!FileManager.default.fileExists(atPath: workplace.root.appending(path: "nowhere").path))
  }

  @Test func interruptEndsWithACheckpointAndTheNextCallGoesOn() throws {
    let arguments = ["run", "tiny", "--only", "arm=dense", "--progress", "none"]
    let (process, finish) = try workplace.start(arguments)
    try workplace.waitForCheckpoint(of: process)
    kill(process.processIdentifier, SIGINT)
    let stopped = try finish()
    #expect(stopped.code == 75)
    #expect(stopped.output == "")
    let lines = stopped.diagnostics.split(separator: "\n")
    #expect(lines.first?.hasPrefix("0 done, 0 skipped, 0 failed, 1 left in ") == true)
    #expect(lines.last == "run the same command again to continue")
    let plan = try workplace.run("plan", "tiny", "--only", "arm=dense")
    let row = plan.output.split(separator: "\n").dropFirst().first
    #expect(row?.hasPrefix("resume  dense ") == true)
    #expect(row?.contains(" interrupted at step ") == true)
  }

  @Test func secondInterruptEndsAtOnce() throws {
    let (process, finish) = try workplace.start(["run", "tiny", "--only", "arm=dense", "--progress", "none"])
    try workplace.waitForCheckpoint(of: process)
    // Sent again until the program ends: signals that arrive together count once.
    while process.isRunning {
      kill(process.processIdentifier, SIGINT)
      usleep(500)
    }
    let code = try finish().code
    #expect(code == 130 || code == 75)
  }

  private static let wrongCalls: [String: String] = [
    "lst":
      "verb 'lst' is unknown: did you mean 'list'? expected one of plan, run, resume, list, show, compare, query, "
      + "report, export, import, data, db, clean, verify, verify-mask, bench, infer, doctor",
    "run tny": "study 'tny' is unknown; did you mean 'tiny'?",
    "run tiny --profile smok":
      "profile 'smok' is unknown: did you mean 'smoke'? expected one of smoke, quick, bench, paper",
    "plan tiny --profile paper": "profile 'paper' is not declared by study 'tiny': expected one of smoke, quick, bench",
    "plan tiny --seeds 4..1":
      "seeds '4..1' are no range of replicates: expected a number or two, such as 0..4",
    "plan tiny --only arm=densse": "no run has arm 'densse'; did you mean 'dense'?",
    "list --status faild":
      "status 'faild' is unknown: did you mean 'failed'? expected one of planned, running, succeeded, failed, "
      + "diverged, interrupted, lost",
    "list --columns run,top":
      "column 'top' is unknown: did you mean 'top1'? expected one of run, study, profile, arm, model, dataset, method, "
      + "structure, sparsity, replicate, seed, numerics, status, reason, step, epochs, attempts, top1, "
      + "sparsityAchieved, startedAt, endedAt, trainingSeconds, weightsDigest, spec",
    "show feed": "run 'feed' is unknown; 'pdp-study list' shows the runs there are",
    "query VACUUM":
      "query is refused: expected SELECT, WITH, VALUES, EXPLAIN or a PRAGMA that only tells, got 'VACUUM'",
    "worker nonsense": "worker order 'nonsense' cannot be read; workers are started by 'pdp-study run'",
    "data verify tinny": "data set 'tinny' is unknown: did you mean 'tiny'? the workspace has 'tiny'",
  ]

  @Test(arguments: wrongCalls.keys.sorted())
  func wrongArgumentIsNamedOnStandardErrorAlone(call: String) throws {
    let message = try #require(Self.wrongCalls[call])
    #expect(
      try workplace.start(call.split(separator: " ").map(String.init)).finish()
        == Outcome(code: 2, output: "", diagnostics: "error: \(message)\n"))
  }

  @Test func unknownOptionIsNamedWithTheNearest() throws {
    let outcome = try workplace.run("run", "tiny", "--profil", "smoke")
    #expect(outcome.code == 2)
    #expect(outcome.output == "")
    #expect(
      outcome.diagnostics == """
        Error: Unknown option '--profil'. Did you mean '--profile'?
        Usage: pdp-study run [<options>] <study>
          See 'pdp-study run --help' for more information.

        """)
  }

  @Test func invalidStudyHasItsOwnCode() throws {
    let study = workplace.root.appending(path: "studies/tiny.swift")
    let text = try String(contentsOf: study, encoding: .utf8)
    try Data(text.replacing(".unstructured(0.5)", with: ".unstructured(1.2)").utf8).write(to: study)
    let outcome = try workplace.run("run", "tiny", "--profile", "smoke")
    #expect(outcome.code == 3)
    #expect(outcome.diagnostics.hasPrefix("error: study 'studies/tiny.swift' is not valid, 1 fault:\n"))
    #expect(!FileManager.default.fileExists(atPath: workplace.root.appending(path: "results/runs").path + "/x"))
  }

  @Test func compilerSpeaksForItselfBeforeOurLine() throws {
    let study = workplace.root.appending(path: "studies/tiny.swift")
    let text = try String(contentsOf: study, encoding: .utf8)
    try Data(text.replacing(".pdp(temperature", with: ".pfp(temperature").utf8).write(to: study)
    let outcome = try workplace.run("plan", "tiny", "--profile", "smoke")
    #expect(outcome.code == 3)
    #expect(outcome.diagnostics.hasPrefix("\(study.path):26:"))
    #expect(
      outcome.diagnostics.hasSuffix(
        "\nerror: study 'studies/tiny.swift' does not compile: swiftc ended with exit code 1; correct it where the "
          + "compiler points\n"))
  }

  @Test func missingDataStopsBeforeTheFirstRun() throws {
    try FileManager.default.removeItem(at: workplace.root.appending(path: "datasets/tiny/testLabels.idx"))
    let outcome = try workplace.run("run", "tiny", "--profile", "smoke")
    #expect(
      outcome
        == Outcome(
          code: 1, output: "",
          diagnostics:
            "error: data set 'tiny' is not fetched: 'testLabels.idx' missing; run 'pdp-study data fetch tiny'\n"
        ))
    #expect(try contents("results/runs").isEmpty)
  }

  @Test func corruptedDataIsAnIntegrityErrorBeforeTheFirstRun() throws {
    let url = workplace.root.appending(path: "datasets/tiny/testLabels.idx")
    var data = try Data(contentsOf: url)
    data[9] ^= 1
    try data.write(to: url)
    let outcome = try workplace.run("run", "tiny", "--profile", "smoke")
    #expect(outcome.code == 4)
    #expect(outcome.diagnostics.hasPrefix("error: dataset file '\(url.path)' has SHA-256 "))
    #expect(try contents("results/runs").isEmpty)
  }

  @Test func readOnlyResultsFolderIsNamedAndLeftAlone() throws {
    try workplace.folder("results")
    let results = workplace.root.appending(path: "results")
    try FileManager.default.setAttributes([.posixPermissions: 0o555], ofItemAtPath: results.path)
    let outcome = try workplace.run("run", "tiny", "--profile", "smoke")
    #expect(outcome.code == 1)
    #expect(outcome.output == "")
    #expect(outcome.diagnostics.hasPrefix("error: results folder '"))
    #expect(
      outcome.diagnostics.hasSuffix("/results' is read-only; make it writable or choose another place with --root\n"))
    #expect(try contents("results").isEmpty)
  }

  @Test(.enabled(if: geteuid() == 0)) func diskThatIsTooSmallIsToldBeforeTheStart() throws {
    try workplace.folder("results")
    let results = workplace.root.appending(path: "results").path
    guard mount("none", results, "tmpfs", 0, "size=6291456") == 0 else { return }
    defer { umount(results) }
    let outcome = try workplace.run("run", "tiny", "--profile", "smoke")
    #expect(outcome.code == 1)
    #expect(outcome.diagnostics.hasPrefix("error: disk of '"))
    #expect(outcome.diagnostics.contains("has too little room: expected about "))
    #expect(try contents("results/runs").isEmpty)
  }

  @Test func dryRunDoesNothing() throws {
    let outcome = try workplace.run("run", "tiny", "--profile", "smoke", "--dry-run")
    #expect(outcome.code == 0)
    #expect(outcome.diagnostics == "")
    #expect(outcome.output.split(separator: "\n").count == 3)
    #expect(try contents("results/runs").isEmpty)
    #expect(try contents("results/plans").isEmpty)
  }

  @Test(arguments: [
    "plan", "run", "resume", "list", "show", "compare", "query", "report", "export", "import", "data", "db", "clean",
    "verify", "verify-mask", "bench", "infer", "doctor",
  ])
  func helpOfEveryVerbShowsAnExample(verb: String) throws {
    let outcome = try workplace.run(verb, "--help")
    #expect(outcome.code == 0)
    #expect(outcome.output.contains("Example: pdp-study \(verb)"))
    #expect(outcome.diagnostics == "")
  }

  private func contents(_ path: String) throws -> [String] {
    try FileManager.default.contentsOfDirectory(atPath: workplace.root.appending(path: path).path)
  }
}
