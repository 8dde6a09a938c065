import Foundation
import Glibc
import Testing

/// `list`, `show` and `doctor` for programs, and `show --follow`.
@Suite struct ShowTests {
  private let workplace: Workplace

  init() throws {
    workplace = try Workplace()
  }

  private func json(_ arguments: String...) throws -> Any {
    let outcome = try workplace.start(arguments).finish()
    #expect(outcome.code == 0, "\(outcome.diagnostics)")
    return try JSONSerialization.jsonObject(with: Data(outcome.output.utf8))
  }

  @Test func everythingAboutARunIsThereForPrograms() throws {
    #expect(try workplace.run("run", "tiny", "--profile", "smoke", "--progress", "none").code == 0)
    let run = try #require(try workplace.rows("SELECT run FROM v_runs WHERE arm = 'pdp-0.5'").first?.first)
    let shown = try #require(try json("show", run, "--json") as? [String: Any])
    let row = try #require(shown["run"] as? [String: Any])
    #expect(row["run"] as? String == run)
    #expect(row["top1"] is Double)
    let configuration = try #require(shown["configuration"] as? [String: Any])
    #expect(configuration["pruning.sparsity"] as? Double == 0.5)
    #expect(configuration["pruning.method.pdp.temperature.absolute"] as? Double == 1e-4)
    #expect(configuration["model.architecture"] as? String == "mobilenet-v1")
    #expect((shown["attempts"] as? [Any])?.count == 1)
    #expect((shown["layers"] as? [Any])?.count == 28)
    #expect((shown["results"] as? [[String: Any]])?.contains { $0["name"] as? String == "training-seconds" } == true)

    let points = try #require(try json("show", run, "--metrics", "--json") as? [[String: Any]])
    let losses = points.filter { $0["name"] as? String == "loss" && $0["split"] as? String == "train" }
    #expect(losses.compactMap { $0["step"] as? Int } == [4, 8])

    let listed = try #require(try json("list", "--columns", "arm, top1,startedAt", "--json") as? [[String: Any]])
    #expect(Set(listed.compactMap { $0["arm"] as? String }) == ["dense", "pdp-0.5"])
    #expect(listed.allSatisfy { $0.count == 3 && $0["startedAt"] is Double })
    let table = try workplace.run("list", "--columns", "arm,sparsity", "--where", "method = 'pdp'")
    #expect(table.output == "arm      sparsity\npdp-0.5    50.0 %\n")
    #expect(try workplace.run("list", "--columns", "help").output.hasPrefix("run\nstudy\nprofile\narm\n"))

    let doctor = try workplace.run("doctor", "--json")
    let findings = try #require(
      try JSONSerialization.jsonObject(with: Data(doctor.output.utf8)) as? [[String: Any]])
    #expect(findings.map { $0["what"] as? String }.prefix(4) == ["toolchain", "libraries", "threads", "database"])
    #expect(findings.allSatisfy { $0["isGood"] is Bool })
  }

  @Test func quietSaysNothingAndVerboseWhichFilesAreUsed() throws {
    let quiet = try workplace.run("run", "tiny", "--profile", "smoke", "-q")
    #expect(quiet == Workplace.Outcome(code: 0, output: "", diagnostics: ""))
    #expect(try workplace.run("plan", "tiny", "--profile", "smoke", "--quiet").diagnostics == "")
    let verbose = try workplace.run("plan", "tiny", "--profile", "smoke", "-v").diagnostics.split(separator: "\n")
    #expect(verbose.first?.hasPrefix("study file 'studies/tiny.swift', plan '") == true)
    #expect(verbose.dropFirst().first?.hasSuffix("/results/results.sqlite'") == true)
    #expect(try workplace.run("list", "-q", "-v").code == 2)
    let script = try workplace.run("--generate-completion-script", "bash")
    #expect(script.code == 0)
    #expect(script.output.contains("compare"))
  }

  @Test func armsStandSideBySide() throws {
    #expect(try workplace.run("run", "tiny", "--profile", "smoke", "--progress", "none").code == 0)
    let compared = try workplace.run("compare", "tiny:smoke", "--metric", "parameters", "--metric", "weights-prunable")
    #expect(compared.code == 0, "\(compared.diagnostics)")
    let lines = compared.output.split(separator: "\n").map { $0.split(separator: " ").map(String.init) }
    #expect(lines[1] == ["A", "tiny:smoke:dense", "2", "1"])
    #expect(lines.contains(["pruning.sparsity", "0", "0.5"]))
    #expect(!compared.output.contains("model.architecture"))
    let count = try #require(lines.last?[1])
    #expect(lines.last == ["weights-prunable", count, count, "0", "(n=1)"])
    let wrong = try workplace.run("compare", "tiny:smoke:dense", "tiny:smoke:pdp-0.6")
    #expect(wrong.code == 2)
    #expect(
      wrong.diagnostics
        == "error: target 'tiny:smoke:pdp-0.6' names no arm: did you mean 'pdp-0.5'? expected one of dense, pdp-0.5\n")
    #expect(
      try workplace.run("compare", "tiny:smoke:dense").diagnostics
        == "error: compare: expected two or more runs or arms, got 'tiny:smoke:dense' alone\n")
  }

  @Test func followingEndsWithTheAttempt() throws {
    let (process, finish) = try workplace.start(["run", "tiny", "--only", "arm=dense", "--progress", "none"])
    try workplace.waitForCheckpoint(of: process)
    let run = try #require(try workplace.rows("SELECT id FROM run WHERE status = 'running'").first?.first)
    let (watcher, watched) = try workplace.start(["show", run, "--follow"])
    let (impatient, left) = try workplace.start(["show", run, "--follow", "--log"])
    usleep(700_000)
    #expect(watcher.isRunning)
    kill(impatient.processIdentifier, SIGINT)
    #expect(try left().code == 0)
    #expect(process.isRunning)
    kill(process.processIdentifier, SIGINT)
    #expect(try finish().code == 75)
    let outcome = try watched()
    #expect(outcome.code == 75)
    let lines = outcome.output.split(separator: "\n").map(String.init)
    #expect(lines.first?.hasPrefix("attempt 1 started ") == true)
    #expect(lines.contains { $0.hasPrefix("step 4  epoch 1  train: loss ") })
    #expect(outcome.diagnostics == "attempt 1 interrupted: stopped on request\n")
    // What is over is shown in full, and ended the same way.
    #expect(try workplace.run("show", run, "--follow") == outcome)
  }

  @Test func followingNoticesThatTheWorkerIsGone() throws {
    let (process, finish) = try workplace.start(["run", "tiny", "--only", "arm=dense", "--progress", "none"])
    try workplace.waitForCheckpoint(of: process)
    let row = try #require(
      try workplace.rows("SELECT run, pid FROM attempt WHERE status = 'running'").first)
    let (_, watched) = try workplace.start(["show", row[0], "--follow"])
    kill(process.processIdentifier, SIGKILL)
    kill(try #require(Int32(row[1])), SIGKILL)
    _ = try finish()
    let outcome = try watched()
    #expect(outcome.code == 75)
    #expect(
      outcome.diagnostics
        == "attempt 1 lost: its process ended without a word; 'pdp-study resume \(row[0])' goes on\n")
    #expect(try workplace.rows("SELECT status FROM run WHERE id = '\(row[0])'") == [["lost"]])
  }
}
