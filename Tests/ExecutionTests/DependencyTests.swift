import Execution
import Foundation
import Planning
import RunFixtures
import RunStore
import Testing
import Training

/// Runs that start from what other runs exported.
@Suite struct DependencyTests {
  private func bench(behaviour: String = "", replicates: Int = 1) throws -> Bench {
    var fixture = PlanFixture()
    fixture.arms = ["dense", "tuned", "tuned-again"]
    fixture.starts = ["tuned": "dense", "tuned-again": "tuned"]
    fixture.replicates = replicates
    return try Bench(fixture, behaviour: behaviour)
  }

  private func log(of arm: String, _ bench: Bench) throws -> String {
    try String(contentsOf: bench.layout.log(bench.fixture.run(arm, 0), 1), encoding: .utf8)
  }

  @Test(arguments: [1, 2, 4]) func runStartsFromTheWeightsOfTheRunThatItNeeds(jobs: Int) throws {
    let bench = try bench(replicates: 2)
    let (result, log) = try bench.run(ExecutionOptions(jobs: jobs))
    #expect(result == summary(done: 6))
    let dense = try bench.fixture.run("dense", 0)
    let tuned = try bench.fixture.run("tuned", 0)
    #expect(log.contains("dense #0: run, never started"))
    #expect(log.contains("tuned #0: run, never started, after dense #0 (\(dense))"))
    #expect(log.contains("tuned-again #0: run, never started, after tuned #0 (\(tuned))"))
    #expect(try self.log(of: "dense", bench) == "training dense, replicate 0\n")
    #expect(
      try self.log(of: "tuned", bench)
        == "training pdp, replicate 0\nstarting from weights of dense, replicate 0\n")
    #expect(
      try self.log(of: "tuned-again", bench)
        == "training pdp, replicate 0\nstarting from weights of pdp, replicate 0\n")
    #expect(try bench.run().log.allSatisfy { $0.hasSuffix(": skip, already done") })
  }

  @Test(arguments: [1, 2]) func runsBehindAFailureAreBlockedAndOthersGoOn(jobs: Int) throws {
    let bench = try bench(behaviour: "dense throw")
    let dense = try bench.fixture.run("dense", 0)
    let tuned = try bench.fixture.run("tuned", 0)
    let failure = "the fixture was told to fail"
    let (result, log) = try bench.run(ExecutionOptions(jobs: jobs))
    var expected = summary(failed: 1, left: 2)
    expected.blocked = 2
    #expect(result == expected)
    let why = "needs dense #0 (\(dense)), which failed: \(failure)"
    #expect(
      log.suffix(3) == [
        "dense #0 failed: \(failure)", "tuned #0 blocked: \(why)",
        "tuned-again #0 blocked: needs tuned #0 (\(tuned)), which cannot start: \(why)",
      ])
    #expect(try bench.rows("SELECT count(*) FROM attempt") == [[.integer(1)]])

    let again = try bench.run(ExecutionOptions(jobs: jobs))
    let later = "needs dense #0 (\(dense)), which is not done: failed: \(failure)"
    #expect(
      again.log == [
        "dense #0: skip, failed: \(failure)", "tuned #0: blocked, \(later)",
        "tuned-again #0: blocked, needs tuned #0 (\(tuned)), which cannot start: \(later)",
      ])
    expected = summary(skipped: 1, left: 2, failedBefore: 1)
    expected.blocked = 2
    #expect(again.summary == expected)

    try bench.set(behaviour: "")
    #expect(try bench.run(ExecutionOptions(retriesFailed: true)).summary == summary(done: 3))
  }

  @Test func divergedRunBlocksWhatNeedsIt() throws {
    let bench = try bench(behaviour: "dense diverge")
    let dense = try bench.fixture.run("dense", 0)
    let log = try bench.run().log
    #expect(
      log.contains("tuned #0 blocked: needs dense #0 (\(dense)), which diverged: the loss is nan at step 15"))
  }

  @Test func failuresOfOthersDoNotBlock() throws {
    var fixture = PlanFixture()
    fixture.arms = ["dense", "pdp-0.5", "tuned"]
    fixture.starts = ["tuned": "dense"]
    fixture.replicates = 1
    // The fixture knows runs by their method, which the two pruned arms share.
    let bench = try Bench(fixture, behaviour: "pdp throw")
    #expect(try bench.run().summary == summary(done: 1, failed: 2))
  }

  @Test func whatASelectedRunNeedsIsPulledInUntilItIsDone() throws {
    let bench = try bench()
    let executor = Executor(
      store: bench.store, plan: bench.plan, options: ExecutionOptions(redoesFinished: true), stopRequests: { 0 },
      report: { _ in })
    let selected = try bench.plan.runs(matching: [try PlanFilter("arm=tuned")])
    #expect(selected.map(\.id) == [try bench.fixture.run("tuned", 0)])
    let dense = try bench.fixture.run("dense", 0)
    func decided() throws -> [String] {
      try executor.decisions(for: selected).map { "\($0.arms[0]): \($0.action), \($0.reason)" }
    }
    #expect(
      try decided() == [
        "dense: run, never started, needed by others", "tuned: run, never started, after dense #0 (\(dense))",
      ])
    _ = try bench.run()
    #expect(try decided() == ["tuned: run, succeeded, and --force is given"])
  }

  @Test func forcedRunsWaitForThoseThatAreDoneAgain() throws {
    let bench = try bench()
    _ = try bench.run()
    let (result, log) = try bench.run(ExecutionOptions(jobs: 3, redoesFinished: true))
    let dense = try bench.fixture.run("dense", 0)
    #expect(result == summary(done: 3))
    #expect(log[1] == "tuned #0: run, succeeded, and --force is given, after dense #0 (\(dense))")
    #expect(log.suffix(3) == ["dense #0 succeeded", "tuned #0 succeeded", "tuned-again #0 succeeded"])
  }

  @Test func runInAnotherProcessHandsBlocksWhatNeedsIt() throws {
    let bench = try bench()
    let dense = try bench.fixture.run("dense", 0)
    try FileManager.default.createDirectory(at: bench.layout.attempt(dense, 1), withIntermediateDirectories: true)
    let lock = try #require(try FileLock.take(bench.layout.lock(dense, 1)))
    let (result, log) = try bench.run()
    var expected = summary(skipped: 1, left: 2)
    expected.blocked = 2
    expected.inHand = 1
    #expect(result == expected)
    #expect(log.contains("tuned #0 blocked: needs dense #0 (\(dense)), which is in hand by another process"))
    try lock.release()
  }

  @Test func stopLeavesWaitingRunsWithoutCallingThemBlocked() throws {
    let bench = try bench(behaviour: "dense wait")
    let stopped = try bench.run { event in
      guard case .progress(let live, _, _) = event else { return 0 }
      return live.contains { $0.step >= 10 } ? 1 : 0
    }
    var expected = summary(left: 3)
    expected.isInterrupted = true
    #expect(stopped.summary == expected)
    try bench.set(behaviour: "")
    #expect(try bench.run().summary == summary(done: 3))
  }

  @Test func lostWeightsAreNamed() throws {
    let bench = try bench()
    _ = try bench.run()
    let dense = try bench.fixture.run("dense", 0)
    let weights = bench.layout.weights(dense)
    try FileManager.default.removeItem(at: weights)
    let tuned = Worker(bench.order(try bench.fixture.run("tuned", 0)), libraries: [:], writesLog: false) { false }
    let error = #expect(throws: ExecutionError.self) {
      try tuned.work { _, _, _ in .finished(step: 1, weightsDigest: "aa") }
    }
    #expect(
      error?.description
        == "file '\(weights.path)' is missing: expected the weights of run '\(dense)', which this run needs; do run "
        + "'\(dense)' again with --force")
    #expect(try bench.layout.attemptNumbers(bench.fixture.run("tuned", 0)) == [1])
  }
}
