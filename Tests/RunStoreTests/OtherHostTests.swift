import Foundation
import Planning
import RunFixtures
import RunStore
import Testing
import Training

/// Run folders that are copied here from another machine, once or again and again, while its runs go on.
@Suite struct OtherHostTests {
  private let there: Workspace
  private let here: Workspace
  private let store: RunStore
  private let run: String

  init() throws {
    there = try Workspace()
    there.host = "cluster-node-7"
    here = try Workspace()
    run = try there.fixture.run("dense", 0)
    store = try RunStore.open(here.layout)
  }

  /// Copies the run's folder as it is now, over what was copied before.
  private func copy() throws {
    let target = here.layout.run(run)
    if FileManager.default.fileExists(atPath: target.path) { try FileManager.default.removeItem(at: target) }
    try FileManager.default.copyItem(at: there.layout.run(run), to: target)
  }

  private func age(_ seconds: Double) throws {
    try FileManager.default.setAttributes(
      [.modificationDate: Date(timeIntervalSinceNow: -seconds)], ofItemAtPath: here.layout.journal(run, 1).path)
  }

  private var status: RunStatus? { get throws { try store.standings(of: [run])[run]?.status } }

  @Test func folderThatIsCopiedTwiceCountsOnce() throws {
    try there.journal(run, [loss(10, 3), loss(20, 2), end(.interrupted, step: 20, reason: "stopped on request")])
    try there.journal(run, attempt: 2, wholeRun(top1: 0.5))
    try copy()
    try store.ingest(run: run)
    let once = try dump(store)
    #expect(once.contains { $0.contains("cluster-node-7") })
    try copy()
    try store.ingest(run: run)
    #expect(try store.ingestEverything().isEmpty)
    #expect(try dump(store) == once)
    #expect(try store.differencesFromFiles().isEmpty)
  }

  @Test func copiedFolderIsFoundByTheNextCommand() throws {
    try there.journal(run, wholeRun(top1: 0.5))
    try copy()
    try store.close()
    let next = try RunStore.open(here.layout)
    #expect(try next.runs(status: .succeeded).map(\.run) == [run])
  }

  @Test func runOfAnotherMachineIsNotLostWhileItsJournalGrows() throws {
    try there.journal(run, [loss(10, 3)])
    try copy()
    try store.ingest(run: run)
    // Nobody holds its lock here, and no process here has its number.
    #expect(
      try store.standings(of: [run])[run]
        == RunStanding(
          run: run, status: .running, reason: "", step: nil, attempt: 1, pid: 42, host: "cluster-node-7"))
    let writer = try JournalWriter(continuing: there.layout.journal(run, 1))
    try writer.append(loss(20, 2))
    try writer.flush()
    try copy()
    try age(540)
    #expect(try store.ingestLiveRuns().isEmpty)
    #expect(try status == .running)
    try age(660)
    #expect(try store.ingestLiveRuns().isEmpty)
    #expect(try status == .lost)
    // It had only been cut off from here.
    try writer.append(loss(30, 1))
    try writer.append(end(.succeeded, step: 30))
    try writer.close()
    try copy()
    try store.ingest(run: run)
    #expect(try status == .succeeded)
    let rows = try store.query("SELECT step FROM v_metrics ORDER BY step", rowLimit: 9, seconds: 5).rows
    #expect(rows == [[.integer(10)], [.integer(20)], [.integer(30)]])
    #expect(try store.differencesFromFiles().isEmpty)
  }

  @Test func otherJournalInTheSamePlaceIsNotTakenForItsContinuation() throws {
    try there.journal(run, [loss(10, 3), loss(20, 2)])
    try copy()
    try store.ingest(run: run)
    let end = try JournalReader(url: here.layout.journal(run, 1)).lines().end.byteOffset
    try FileManager.default.removeItem(at: there.layout.run(run))
    try there.journal(run, (1...30).map { loss($0, 1) })
    try copy()
    #expect {
      try store.ingest(run: run)
    } throws: { error in
      if case .journalBroken(here.layout.journal(run, 1).path, end, _)? = error as? RunStoreError {
        true
      } else {
        false
      }
    }
    let rows = try store.query("SELECT step, value FROM v_metrics ORDER BY step", rowLimit: 9, seconds: 5).rows
    #expect(rows == [[.integer(10), .real(3)], [.integer(20), .real(2)]])
  }
}
