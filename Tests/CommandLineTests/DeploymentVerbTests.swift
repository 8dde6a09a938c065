import Foundation
import Testing

/// `bench` and `infer` as they are typed.
@Suite struct DeploymentVerbTests {
  private let workplace: Workplace

  init() throws {
    workplace = try Workplace()
    #expect(try workplace.run("run", "tiny", "--profile", "smoke", "--progress", "none").code == 0)
  }

  private func run(_ arm: String) throws -> String {
    try #require(workplace.rows("SELECT run FROM v_runs WHERE arm = '\(arm)'").first?.first)
  }

  @Test func accuracyByThePlanIsTheRecordedOne() throws {
    for arm in ["dense", "pdp-0.5"] {
      let outcome = try workplace.run("infer", run(arm), "--test-set")
      #expect(outcome.code == 0 && outcome.output.contains(": equal\n"), "\(outcome)")
    }
  }

  @Test func imagesAreClassifiedByRunAndByFileAlike() throws {
    let pixels = (0..<256).map { UInt8($0 < 128 ? 200 : 20) }
    try Data(Array("P5 16 16 255\n".utf8) + pixels).write(to: workplace.root.appending(path: "a.pgm"))
    let run = try run("pdp-0.5")
    #expect(try workplace.run("export", "--format", "compact", run, "--out", "m.pdpc").code == 0)
    let byRun = try workplace.run("infer", run, "a.pgm")
    #expect(byRun.code == 0 && byRun.output.hasPrefix("a.pgm:\n  ") && byRun.output.contains("above"), "\(byRun)")
    #expect(try workplace.run("infer", "m.pdpc", "a.pgm") == byRun)
    let raw = "results/runs/\(run)/model.safetensors"
    #expect(try workplace.run("infer", raw, "a.pgm", "--like", run) == byRun)
    let lacking = try workplace.run("infer", raw, "a.pgm")
    #expect(lacking.code == 2 && lacking.diagnostics.contains("does not say which network"), "\(lacking)")
    let missing = try workplace.run("infer", "m.pdpc", "a.pgm", "b.pgm")
    #expect(
      missing.output == "" && missing.diagnostics == "error: input 'b.pgm' cannot be read: there is no such file\n")
  }

  @Test func studyIsMeasuredIntoFileDatabaseAndReport() throws {
    let bench = try workplace.run("bench", "--study", "tiny", "--profile", "smoke", "--rounds", "3")
    // Whether the machine had other things to do is not known here.
    let notes = bench.diagnostics.split(separator: "\n").filter { !$0.hasPrefix("note: times of run ") }
    #expect(bench.code == 0 && notes.isEmpty, "\(bench)")
    #expect(bench.output.contains("dense") && bench.output.hasSuffix("results/latencies/tiny.smoke.jsonl\n"))
    #expect(try workplace.rows("SELECT count(*) FROM latency") == [["2"]])
    #expect(try workplace.run("db", "check").code == 0)
    #expect(try workplace.run("report", "tiny", "--profile", "smoke").code == 0)
    let report = try String(
      contentsOf: workplace.root.appending(path: "results/reports/tiny/smoke/report.md"), encoding: .utf8)
    #expect(report.contains("accuracy-versus-latency.png") && !report.contains("Not measured"))
    #expect(try workplace.run("report", "tiny", "--profile", "smoke", "--check").code == 0)
    #expect(try workplace.run("db", "rebuild").code == 0)
    #expect(try workplace.run("report", "tiny", "--profile", "smoke", "--check").code == 0)
  }
}
