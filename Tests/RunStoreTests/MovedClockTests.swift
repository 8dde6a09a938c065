import Foundation
import Planning
import RunFixtures
import RunStore
import Testing
import Training

/// The time of day decides nothing: attempts count by their numbers, lines by theirs.
@Suite struct MovedClockTests {
  private let workspace: Workspace
  private let run: String

  init() throws {
    workspace = try Workspace()
    run = try workspace.fixture.run("dense", 0)
  }

  /// A journal whose lines have these times, repeated.
  private func journal(attempt: Int, times: [Double], _ entries: [JournalEntry]) throws {
    try FileManager.default.createDirectory(
      at: workspace.layout.attempt(run, attempt), withIntermediateDirectories: true)
    var count = 0
    let writer = try JournalWriter(creating: workspace.layout.journal(run, attempt)) {
      count += 1
      return times[count % times.count]
    }
    try writer.append(.attempt(workspace.start(run, attempt: attempt)))
    for entry in entries { try writer.append(entry) }
    try writer.close()
  }

  @Test func laterAttemptCountsWhateverTheClockSays() throws {
    let day = 86_400.0
    let noon = 1_700_000_000.0
    try journal(
      attempt: 1, times: [noon, noon - 400 * day, noon + 9000 * day], [loss(10, 3), loss(20, 2), loss(30, 9)])
    try journal(
      attempt: 2, times: [noon - day], [loss(20, 2), loss(30, 1.5), end(.interrupted, step: 30, reason: "stop")])
    try journal(
      attempt: 3, times: [noon - 2 * day, noon, noon - 3 * day], [loss(40, 1), end(.succeeded, step: 40)])
    let store = try RunStore.open(workspace.layout)
    #expect(store.notices.isEmpty)
    func rows(_ sql: String) throws -> [[QueryResult.Value]] { try store.query(sql, rowLimit: 9, seconds: 5).rows }
    #expect(
      try rows("SELECT step, attempt, value FROM v_metrics ORDER BY step")
        == [
          [.integer(10), .integer(1), .real(3)], [.integer(20), .integer(2), .real(2)],
          [.integer(30), .integer(2), .real(1.5)], [.integer(40), .integer(3), .real(1)],
        ])
    #expect(
      try rows("SELECT n, status FROM attempt ORDER BY n")
        == [
          [.integer(1), .text("lost")], [.integer(2), .text("interrupted")], [.integer(3), .text("succeeded")],
        ])
    #expect(try store.standings(of: [run])[run]?.status == .succeeded)
    let before = try dump(store)
    #expect(try store.rebuild().isEmpty)
    #expect(try dump(store) == before)
  }

  /// The clock is set back by an hour between two lines, or forward.
  @Test(arguments: [-3600.0, 3600.0]) func linesReachTheFileWhenTheClockIsSet(by seconds: Double) throws {
    let folder = try TemporaryFolder()
    let url = folder.url.appending(path: "journal.jsonl")
    var now = 1_700_000_000.0
    let writer = try JournalWriter(creating: url) { now }
    try writer.append(loss(1, 1))
    now += seconds
    try writer.append(loss(2, 1))
    #expect(try JournalReader(url: url).lines().lines.count == 2)
    try writer.append(loss(3, 1))
    now += 1
    try writer.flushIfDue()
    #expect(try JournalReader(url: url).lines().lines.map(\.seq) == [1, 2, 3])
  }

  @Test func attemptIsLostByItsLockAndNotByItsTimes() throws {
    try journal(attempt: 1, times: [1000], [loss(10, 3)])
    let store = try RunStore.open(workspace.layout)
    #expect(try store.standings(of: [run])[run]?.status == .lost)
    try journal(attempt: 2, times: [1000], [loss(20, 3)])
    let lock = try #require(try FileLock.take(workspace.layout.lock(run, 2)))
    let decade = Date(timeIntervalSinceNow: -315_360_000)
    try FileManager.default.setAttributes(
      [.modificationDate: decade], ofItemAtPath: workspace.layout.journal(run, 2).path)
    try store.ingest(run: run)
    #expect(try store.standings(of: [run])[run]?.status == .running)
    try lock.release()
  }
}
