import Foundation
import Planning
import RunFixtures
import RunStore
import Testing
import Training

@Suite struct IngestTests {
  private let workspace: Workspace
  private let store: RunStore
  private let dense: String
  private let pdp: String

  init() throws {
    workspace = try Workspace()
    store = try RunStore.open(workspace.layout)
    dense = try workspace.fixture.run("dense", 0)
    pdp = try workspace.fixture.run("pdp-0.5", 1)
  }

  private func cells(_ sql: String) throws -> [[QueryResult.Value]] {
    try store.query(sql, rowLimit: 1000, seconds: 10).rows
  }

  @Test func plannedRunsAreListedBeforeTheyStart() throws {
    let expected = zip(["dense", "dense", "pdp-0.5", "pdp-0.5"], workspace.plan.runs).map { arm, run in
      [.text(arm), .integer(Int64(run.replicate)), .text("planned"), .integer(Int64(run.seed))] as [QueryResult.Value]
    }
    #expect(expected.count == 4)
    #expect(try cells("SELECT arm, replicate, status, seed FROM v_runs ORDER BY arm, replicate") == expected)
  }

  @Test func manyRunsAtOnceAreReadAsEachAlone() throws {
    let all = workspace.plan.runs.map(\.id)
    try workspace.journal(dense, [loss(10, 2)])
    try workspace.journal(pdp, [loss(10, 2), end(.interrupted)])
    try store.ingest(runs: all)
    #expect(try all.map { try store.standings(of: [$0])[$0]?.status } == [.lost, .planned, .planned, .interrupted])
    // One is closed by another process, one goes on, the others are as they were.
    let journal = try JournalWriter(continuing: workspace.layout.journal(dense, 1))
    try journal.append(end(.failed))
    try journal.close()
    try workspace.journal(pdp, attempt: 2, [end(.succeeded)])
    try store.ingest(runs: all)
    #expect(try all.map { try store.standings(of: [$0])[$0]?.status } == [.failed, .planned, .planned, .succeeded])
    #expect(try store.differencesFromFiles().isEmpty)
    try FileManager.default.removeItem(at: workspace.layout.journal(pdp, 1))
    try store.ingest(runs: all)
  }

  @Test func finishedRunFillsEveryTable() throws {
    try workspace.journal(pdp, wholeRun(top1: 0.625))
    try store.ingest(run: pdp)
    #expect(
      try cells("SELECT status, top1, sparsityAchieved, weightsDigest, step, attempts FROM v_runs WHERE run = '\(pdp)'")
        == [[.text("succeeded"), .real(0.625), .real(0.5), .text("77aa"), .integer(40), .integer(1)]])
    #expect(
      try cells("SELECT requested, scheduled, achieved, agree FROM v_pruned_counts")
        == [[.integer(36), .integer(36), .integer(36), .integer(1)]])
    #expect(
      try cells("SELECT name, nonzero, threshold FROM v_layer_stats")
        == [[.text("features.0.weight"), .integer(36), .real(0.25)]])
    #expect(
      try cells("SELECT key, text, number FROM param WHERE key LIKE 'pruning.method.pdp%'")
        == [[.text("pruning.method.pdp.temperature.absolute"), .text("0.0001"), .real(1e-4)]])
    #expect(
      try cells("SELECT DISTINCT text FROM param WHERE key = 'training.batchSize'") == [[.text("10")]])
    #expect(
      try cells("SELECT profile, publishedPercent, reproducedPercent, n, isComparable FROM v_published_vs_reproduced")
        == [[.text("smoke"), .real(68.2), .real(62.5), .integer(1), .integer(0)]])
  }

  @Test func numbersThatSQLiteLacksKeepTheirKind() throws {
    try workspace.journal(dense, wholeRun(top1: 0.5))
    try store.ingest(run: dense)
    #expect(
      try cells("SELECT step, value, kind FROM v_metrics ORDER BY step")
        == [
          [.integer(10), .real(2.5), .text("finite")], [.integer(20), .null, .text("nan")],
          [.integer(30), .null, .text("+inf")], [.integer(40), .real(1.5), .text("finite")],
        ])
  }

  @Test func ingestingTwiceChangesNothing() throws {
    try workspace.journal(dense, wholeRun(top1: 0.5))
    #expect(try store.ingest(run: dense).count == 16)
    let before = try dump(store)
    #expect(try store.ingest(run: dense).isEmpty)
    try store.ingestEverything()
    #expect(try dump(store) == before)
  }

  @Test func journalIsFoldedInPieceByPiece() throws {
    try workspace.journal(dense, wholeRun(top1: 0.5))
    let journal = workspace.layout.journal(dense, 1)
    let whole = try Data(contentsOf: journal)
    let lock = try #require(try FileLock.take(workspace.layout.lock(dense, 1)))
    for length in stride(from: 100, to: whole.count, by: 301) {
      try whole.prefix(length).write(to: journal)
      try store.ingest(run: dense)
    }
    try whole.write(to: journal)
    try store.ingest(run: dense)
    try lock.release()
    let piecewise = try dump(store)
    #expect(try store.rebuild().isEmpty)
    #expect(try dump(store) == piecewise)
  }

  @Test func pointsOfAnOlderAttemptAreSupersededNotDoubled() throws {
    try workspace.journal(dense, [loss(10, 3), loss(20, 2), loss(30, 1.75)])
    try workspace.journal(dense, attempt: 2, [loss(20, 2), loss(30, 1.5)])
    try store.ingest(run: dense)
    #expect(
      try cells("SELECT step, attempt, value FROM v_metrics ORDER BY step")
        == [
          [.integer(10), .integer(1), .real(3)], [.integer(20), .integer(2), .real(2)],
          [.integer(30), .integer(2), .real(1.5)],
        ])
    #expect(
      try cells("SELECT step, value, laterValue FROM v_replay_audit") == [[.integer(30), .real(1.75), .real(1.5)]])
  }

  @Test func pointsBeyondWhereTheResumedAttemptGotToAreSupersededToo() throws {
    try workspace.journal(dense, [loss(10, 3), loss(20, 2), loss(30, 1.75), loss(40, 1)])
    try workspace.journal(dense, attempt: 2, [loss(20, 2)])
    try store.ingest(run: dense)
    #expect(try cells("SELECT step FROM v_metrics ORDER BY step") == [[.integer(10)], [.integer(20)]])
  }

  @Test func attemptWithoutLivingWriterIsLostAndOneWithLockIsRunning() throws {
    try workspace.journal(dense, [loss(10, 3)])
    let lock = try #require(try FileLock.take(workspace.layout.lock(dense, 1)))
    try store.ingest(run: dense)
    #expect(try store.standings(of: [dense])[dense]?.status == .running)
    try lock.release()
    try store.ingest(run: dense)
    #expect(
      try store.standings(of: [dense])[dense]
        == RunStanding(
          run: dense, status: .lost, reason: "its process ended without a word", step: nil, attempt: 1, pid: 42))
  }

  @Test func endWrittenOnBehalfOfADeadProcessCounts() throws {
    try workspace.journal(dense, [loss(10, 3)])
    try store.ingest(run: dense)
    let writer = try JournalWriter(continuing: workspace.layout.journal(dense, 1)) { 1_700_009_999 }
    try writer.append(end(.failed, step: nil, reason: "killed by signal 11"))
    try writer.close()
    try store.ingest(run: dense)
    #expect(
      try cells("SELECT status, reason FROM run WHERE id = '\(dense)'") == [
        [.text("failed"), .text("killed by signal 11")]
      ])
  }

  @Test func seedSummaryHoldsMeanAndSampleVariance() throws {
    for (replicate, top1) in [0.5, 0.75].enumerated() {
      let run = try workspace.fixture.run("dense", replicate)
      try workspace.journal(run, wholeRun(top1: top1))
      try store.ingest(run: run)
    }
    #expect(
      try cells("SELECT n, mean, variance FROM v_seed_summary WHERE name = 'top1'")
        == [[.integer(2), .real(0.625), .real(0.03125)]])
  }

  @Test func rebuiltDatabaseEqualsTheOriginalRowByRow() throws {
    try workspace.journal(dense, [loss(10, 3), loss(20, 2)])
    try store.ingest(run: dense)
    try workspace.journal(dense, attempt: 2, wholeRun(top1: 0.5))
    try store.ingest(run: dense)
    try workspace.journal(pdp, [loss(10, 3), end(.interrupted, step: 10, reason: "stopped on request")])
    try store.ingest(run: pdp)
    let original = try dump(store)
    #expect(original.contains { $0.contains("interrupted") })

    #expect(try store.rebuild().isEmpty)
    #expect(try dump(store) == original)

    let elsewhere = ResultsLayout(
      root: workspace.layout.root, database: workspace.layout.root.appending(path: "second.sqlite"))
    #expect(try dump(try RunStore.open(elsewhere)) == original)
  }

  @Test func runFolderStandsOnItsOwnWithoutItsPlan() throws {
    try workspace.journal(pdp, wholeRun(top1: 0.5))
    try FileManager.default.removeItem(at: workspace.layout.plan(workspace.plan.id))
    #expect(try store.rebuild().isEmpty)
    #expect(
      try cells("SELECT study, arm, method, top1 FROM v_runs") == [[.text("tiny"), .null, .text("pdp"), .real(0.5)]])
  }

  @Test func journalOfAnotherRunIsRefused() throws {
    try workspace.journal(dense, [])
    try FileManager.default.createDirectory(at: workspace.layout.attempt(pdp, 1), withIntermediateDirectories: true)
    try FileManager.default.copyItem(at: workspace.layout.journal(dense, 1), to: workspace.layout.journal(pdp, 1))
    #expect(
      throws: RunStoreError.journalBroken(
        path: workspace.layout.journal(pdp, 1).path, byte: 0, reason: "it belongs to run '\(dense)', attempt 1")
    ) {
      try store.ingest(run: pdp)
    }
    #expect(try cells("SELECT count(*) FROM attempt") == [[.integer(0)]])
  }
}

/// Every row of every table as text, sorted.
func dump(_ store: RunStore) throws -> [String] {
  let tables = try store.query(
    "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'grdb%' ORDER BY name", rowLimit: 100,
    seconds: 10
  ).rows.flatMap { $0 }
  return try tables.flatMap { table -> [String] in
    guard case .text(let name) = table else { return [] }
    return try store.query("SELECT * FROM \(name)", rowLimit: 100_000, seconds: 10).rows.map { "\(name) \($0)" }
      .sorted()
  }
}
