import Execution
import Foundation
import Planning
import RunFixtures
import RunStore
import Testing

/// A run that another machine has in hand, whose folder was copied here.
@Suite struct OtherMachineTests {
  @Test func runIsLeftAloneAndSaidToBeThere() throws {
    let bench = try Bench()
    let planned = try #require(bench.plan.runs.first)
    let start = AttemptStart(
      run: planned.id, attempt: 1, study: bench.plan.study.slug, plan: bench.plan.id, specID: planned.spec,
      spec: try #require(bench.plan.specs[planned.spec]), replicate: planned.replicate, seed: planned.seed, numerics: 1,
      provenance: Provenance(
        backend: "local", host: "cluster-node-7", threads: 2, commit: "c0ffee", isDirty: false, binaryDigest: "b1",
        toolchain: "swift 6.3", cpu: "a processor", libraries: [:]),
      process: ProcessIdentity(bootID: "another", pid: 42, startTicks: 4711))
    let journal = bench.layout.journal(planned.id, 1)
    try FileManager.default.createDirectory(
      at: bench.layout.attempt(planned.id, 1), withIntermediateDirectories: true)
    let writer = try JournalWriter(creating: journal)
    try writer.append(.attempt(start))
    try writer.close()
    let (result, log) = try bench.run()
    var expected = summary(done: 3, skipped: 1)
    expected.inHand = 1
    #expect(result == expected)
    #expect(log.first == "dense #0: skip, in hand by process 42 on 'cluster-node-7'")
    // Nothing has come from there for a quarter of an hour.
    try FileManager.default.setAttributes(
      [.modificationDate: Date(timeIntervalSinceNow: -900)], ofItemAtPath: journal.path)
    let (later, laterLog) = try bench.run()
    #expect(later == summary(done: 1, skipped: 3))
    #expect(laterLog.first == "dense #0: resume, lost")
    #expect(try bench.store.differencesFromFiles().isEmpty)
  }
}
