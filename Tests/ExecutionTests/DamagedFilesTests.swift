import Execution
import Foundation
import RunFixtures
import RunStore
import Testing

/// Files that are not what was written, and folders that cannot be written to: one clear error, and nothing else lost.
@Suite struct DamagedFilesTests {
  @Test(.enabled(if: SealedFolder.isAllowed, "needs the right to mount"))
  func readOnlyResultsAreNamedAndLeftAsTheyAre() throws {
    let bench = try Bench(behaviour: "pdp throw")
    #expect(try bench.run().summary == summary(done: 2, failed: 2))
    let before = try bench.rows("SELECT * FROM metric ORDER BY run, name, split, step")
    #expect(before.count == 110)
    try bench.set(behaviour: "")
    let sealed = try SealedFolder(bench.layout.root)
    let error = #expect(throws: RunStoreError.self) { try RunStore.open(bench.layout) }
    #expect(error == .readOnly(path: bench.layout.root.path))
    // A program that was started before.
    let (result, log) = try bench.run(ExecutionOptions(retriesFailed: true))
    #expect(result == summary(skipped: 2, failed: 2))
    let words = " failed: results folder '\(bench.layout.root.path)' is read-only; make it writable or choose "
    #expect(log.suffix(2).allSatisfy { $0.contains(words) }, "\(log)")
    sealed.open()
    #expect(try RunStore.open(bench.layout).notices.isEmpty)
    #expect(try bench.rows("SELECT * FROM metric ORDER BY run, name, split, step") == before)
    #expect(try bench.run(ExecutionOptions(retriesFailed: true)).summary == summary(done: 2, skipped: 2))
    #expect(try bench.store.differencesFromFiles().isEmpty)
  }

  @Test func changedConfigurationKeepsItsRunAloneFromGoingOn() throws {
    let bench = try Bench(behaviour: "dense wait")
    let stopped = try bench.run { event in
      guard case .progress(let live, _, _) = event else { return 0 }
      return live.contains { $0.step >= 10 } ? 1 : 0
    }
    #expect(stopped.summary.isInterrupted)
    try bench.set(behaviour: "")
    let run = try bench.fixture.run("dense", 0)
    let spec = bench.layout.spec(run)
    var bytes = try Data(contentsOf: spec)
    bytes[bytes.count / 2] ^= 1
    try bytes.write(to: spec)
    let before = try bench.losses(run)
    #expect(before.count == 15)
    let (result, log) = try bench.run()
    #expect(result == summary(done: 3, failed: 1))
    let words = try #require(log.first { $0.hasPrefix("dense #0 failed: ") })
    #expect(words.contains("file '\(spec.path)' holds another configuration than the plan"))
    #expect(words.hasSuffix("delete it, and the next run writes it anew from the plan"))
    #expect(try bench.losses(run) == before)
    try FileManager.default.removeItem(at: spec)
    #expect(try bench.run().log.first == "dense #0: resume, interrupted at step 15")
    #expect(try bench.losses(run).prefix(15) == before[...])
    #expect(try bench.losses(run).count == 40)
  }

  @Test func brokenJournalIsNamedByItsByteAndTheOtherRunsStay() throws {
    let bench = try Bench()
    #expect(try bench.run().summary == summary(done: 4))
    let run = try bench.fixture.run("pdp-0.5", 0)
    let before = try bench.rows("SELECT * FROM metric WHERE run <> '\(run)' ORDER BY run, step")
    #expect(before.count == 120)
    let journal = bench.layout.journal(run, 1)
    var bytes = try Data(contentsOf: journal)
    let middle = bytes.count / 2
    let line = (bytes[..<middle].lastIndex(of: 10) ?? -1) + 1
    bytes[middle] ^= 1
    try bytes.write(to: journal)
    let faults = try bench.store.rebuild()
    #expect(
      faults == [
        .journalBroken(path: journal.path, byte: line, reason: "the line does not match its running digest")
      ])
    #expect(try bench.rows("SELECT * FROM metric WHERE run <> '\(run)' ORDER BY run, step") == before)
    #expect(throws: ExecutionError.store(faults[0])) { try bench.run() }
    // The remedy that the message gives.
    try FileManager.default.moveItem(at: bench.layout.run(run), to: bench.root.appending(path: "moved"))
    #expect(try bench.run().summary == summary(done: 1, skipped: 3))
    #expect(try bench.store.differencesFromFiles().isEmpty)
  }
}
