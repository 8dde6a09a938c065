import Execution
import Foundation
import Glibc
import Planning
import RunFixtures
import RunStore
import Testing

@Suite struct ExecutorTests {
  @Test func planIsDoneOnceAndThenSkipped() throws {
    let bench = try Bench()
    let first = try bench.run()
    #expect(first.summary == summary(done: 4))
    #expect(
      first.log == [
        "dense #0: run, never started", "dense #1: run, never started", "pdp-0.5 #0: run, never started",
        "pdp-0.5 #1: run, never started", "dense #0 succeeded", "dense #1 succeeded", "pdp-0.5 #0 succeeded",
        "pdp-0.5 #1 succeeded",
      ])
    let second = try bench.run()
    #expect(second.summary == summary(skipped: 4))
    #expect(second.log.allSatisfy { $0.hasSuffix(": skip, already done") })
    #expect(
      try bench.rows("SELECT top1, weightsDigest, attempts FROM v_runs ORDER BY arm, replicate")
        == [0.5, 0.51, 0.5, 0.51].map { [.real($0), .text("77aa"), .integer(1)] })
  }

  @Test func twoAtATimeGiveTheSameRowsAsOneAtATime() throws {
    let one = try Bench()
    let two = try Bench()
    _ = try one.run()
    #expect(try two.run(ExecutionOptions(jobs: 2)).summary == summary(done: 4))
    let sql = "SELECT run, name, split, step, value FROM v_metrics ORDER BY run, name, split, step"
    #expect(try one.rows(sql).count == 160)
    #expect(try one.rows(sql) == two.rows(sql))
  }

  @Test func runFolderHoldsWhatTheLayoutPromises() throws {
    let bench = try Bench()
    _ = try bench.run()
    let run = try bench.fixture.run("dense", 0)
    let spec = try #require(bench.plan.specs[bench.plan.runs[0].spec])
    #expect(try String(contentsOf: bench.layout.spec(run), encoding: .utf8) == spec.canonicalText)
    #expect(
      try String(contentsOf: bench.layout.log(run, 1), encoding: .utf8) == "training dense, replicate 0\n")
    #expect(
      try FileManager.default.contentsOfDirectory(atPath: bench.layout.attempts(run).path).sorted() == ["1"])
    #expect(
      try FileManager.default.contentsOfDirectory(atPath: bench.layout.run(run).path).sorted()
        == ["attempts", "checkpoints", "model.safetensors", "spec.json"])
    let attempt = try #require(try bench.store.details(of: run).attempts.first)
    #expect(attempt.codeCommit == "c0ffee")
    #expect(attempt.isDirty)
    #expect(attempt.libraries == #"{"arithmetic":"1.0"}"#)
    #expect((attempt.peakMemoryBytes ?? 0) > 1 << 20)
  }

  @Test func crashOfAWorkerIsAFailureAndOthersGoOn() throws {
    let bench = try Bench(behaviour: "dense crash")
    let (result, log) = try bench.run()
    #expect(result == summary(done: 2, failed: 2))
    #expect(log.filter { $0.contains("dense #0 ") } == ["dense #0 failed: its process crashed (signal 6, aborted)"])
    let run = try bench.fixture.run("dense", 0)
    #expect(
      try String(contentsOf: bench.layout.error(run), encoding: .utf8)
        == "failed: its process crashed (signal 6, aborted)\n")
    #expect(
      try bench.rows("SELECT exitCode, status FROM attempt WHERE run = '\(run)'")
        == [[.integer(134), .text("failed")]])
    #expect(
      try bench.rows("SELECT level, kind, message FROM event WHERE run = '\(run)' ORDER BY seq").first
        == [.text("error"), .text("log"), .text("training dense, replicate 0")])

    let again = try bench.run()
    #expect(again.summary == summary(skipped: 4, failedBefore: 2))
    #expect(again.log[0] == "dense #0: skip, failed: its process crashed (signal 6, aborted)")

    try bench.set(behaviour: "")
    #expect(try bench.run(ExecutionOptions(retriesFailed: true)).summary == summary(done: 2, skipped: 2))
    #expect(!FileManager.default.fileExists(atPath: bench.layout.error(run).path))
    #expect(try bench.losses(run).count == 40)
  }

  @Test func killedWorkerIsSaidToLackMemory() throws {
    let bench = try Bench(behaviour: "dense vanish")
    #expect(
      try bench.run().log.contains(
        "dense #0 failed: its process was killed (signal 9), probably for want of memory; use a smaller batch or fewer "
          + "runs at once"))
  }

  @Test func workerKilledBetweenACheckpointAndItsLineLosesNothingItReported() throws {
    let bench = try Bench(behaviour: "dense vanish-in-checkpoint")
    let run = try bench.fixture.run("dense", 0)
    #expect(try bench.run().summary.failed == 2)
    try bench.set(behaviour: "")
    #expect(try bench.run(ExecutionOptions(retriesFailed: true)).summary == summary(done: 2, skipped: 2))
    #expect(try bench.losses(run).count == 40)
    #expect(
      try bench.rows("SELECT n, firstStep FROM attempt WHERE run = '\(run)'").last == [.integer(2), .integer(21)])
  }

  @Test func errorOfTheTrainerIsTheReason() throws {
    let bench = try Bench(behaviour: "pdp throw\ndense diverge")
    let (result, log) = try bench.run()
    #expect(result == summary(failed: 4))
    #expect(
      log.suffix(4) == [
        "dense #0 diverged: the loss is nan at step 15", "dense #1 diverged: the loss is nan at step 15",
        "pdp-0.5 #0 failed: the fixture was told to fail", "pdp-0.5 #1 failed: the fixture was told to fail",
      ])
    #expect(try bench.run().log[0] == "dense #0: skip, diverged: the loss is nan at step 15")
  }

  @Test func failFastLeavesTheRest() throws {
    let bench = try Bench(behaviour: "dense throw")
    let (result, log) = try bench.run(ExecutionOptions(failsFast: true))
    #expect(result == summary(failed: 1, left: 3))
    #expect(log.last == "gave up: a run failed and --fail-fast is given")
  }

  @Test func sameErrorInTheFirstThreeRunsStopsTheStudy() throws {
    let bench = try Bench(behaviour: "dense throw\npdp throw")
    let (result, log) = try bench.run()
    #expect(result == summary(failed: 3, left: 1))
    #expect(log.last == "gave up: the first 3 runs failed in the same way: the fixture was told to fail")
  }

  @Test func stopRequestEndsWithACheckpointAndTheNextCallGoesOnWithTheSameNumbers() throws {
    let bench = try Bench(behaviour: "dense wait")
    let stopped = try bench.run { event in
      guard case .progress(let live, _, _) = event else { return 0 }
      return live.contains { $0.step >= 10 } ? 1 : 0
    }
    var expected = summary(left: 4)
    expected.isInterrupted = true
    #expect(stopped.summary == expected)
    #expect(stopped.log.last == "dense #0 interrupted: stopped on request")
    let run = try bench.fixture.run("dense", 0)
    #expect(try bench.rows("SELECT step FROM run WHERE id = '\(run)'") == [[.integer(15)]])

    try bench.set(behaviour: "")
    let resumed = try bench.run()
    #expect(resumed.log[0] == "dense #0: resume, interrupted at step 15")
    #expect(resumed.summary == summary(done: 4))
    let whole = try Bench()
    _ = try whole.run()
    #expect(try bench.losses(run) == whole.losses(run))
    #expect(try bench.rows("SELECT * FROM v_replay_audit").isEmpty)
  }

  @Test func secondStopRequestKillsAtOnceAndLosesNothingBeforeTheCheckpoint() throws {
    let bench = try Bench(behaviour: "dense hang")
    var expected = summary(left: 4)
    expected.isInterrupted = true
    expected.isKilled = true
    let stopped = try bench.run { event in
      guard case .progress(let live, _, _) = event else { return 0 }
      return live.contains { $0.step >= 10 } ? 2 : 0
    }
    #expect(stopped.summary == expected)
    try bench.set(behaviour: "")
    let resumed = try bench.run()
    #expect(resumed.log[0] == "dense #0: resume, lost at step 10")
    let run = try bench.fixture.run("dense", 0)
    #expect(try bench.losses(run).count == 40)
    #expect(
      try bench.rows("SELECT n, status FROM attempt WHERE run = '\(run)'")
        == [[.integer(1), .text("lost")], [.integer(2), .text("succeeded")]])
  }

  @Test func forceStartsOver() throws {
    let bench = try Bench()
    _ = try bench.run()
    #expect(try bench.run(ExecutionOptions(redoesFinished: true)).summary == summary(done: 4))
    let run = try bench.fixture.run("dense", 0)
    #expect(
      try bench.rows("SELECT n, firstStep FROM attempt WHERE run = '\(run)'")
        == [[.integer(1), .integer(1)], [.integer(2), .integer(1)]])
    #expect(try bench.losses(run).count == 40)
  }

  @Test func runInAnotherProcessHandsIsLeftAlone() throws {
    let bench = try Bench()
    let run = try bench.fixture.run("dense", 0)
    let folder = bench.layout.attempt(run, 1)
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    let lock = try #require(try FileLock.take(bench.layout.lock(run, 1)))
    let (result, log) = try bench.run()
    var expected = summary(done: 3, skipped: 1)
    expected.inHand = 1
    #expect(result == expected)
    #expect(log.contains("dense #0 running: in hand by another process"))
    try lock.release()
  }

  @Test func programThatIsNotAWorkerIsReportedWithItsOwnWords() throws {
    let bench = try Bench()
    let missing = bench.root.appending(path: "nothing-here")
    #expect {
      try bench.run(executable: missing)
    } throws: { error in
      "\(error)".hasPrefix("worker '\(missing.path)' cannot be started: ")
    }
    try Data("{}".utf8).write(to: bench.layout.plan(bench.plan.id))
    let (result, log) = try bench.run()
    #expect(result.failed == 3)
    #expect(log.contains { $0.hasPrefix("dense #0 failed: ") && $0.contains("cannot be read") })
    #expect(try bench.rows("SELECT DISTINCT status FROM run") == [[.text("planned")]])
  }
}
