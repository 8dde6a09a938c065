import Dispatch
import Foundation
import Planning
import RunFixtures
import RunStore
import Synchronization
import Testing

/// Many attempts write their journals while one process folds them into the database.
@Suite struct ManyWritersTests {
  private static let writers = 16
  private static let lines = 300

  /// Writes one run's journal, and returns how many points were acknowledged: brought to the disk.
  ///
  /// Every fourth writer dies without closing its journal.
  private static func write(_ start: AttemptStart, number: Int, in layout: ResultsLayout) throws -> Int {
    let run = start.run
    guard let lock = try FileLock.take(layout.lock(run, 1)) else { return 0 }
    defer { try? lock.release() }
    let writer = try JournalWriter(creating: layout.journal(run, 1))
    try writer.append(.attempt(start))
    var acknowledged = 0
    for step in 1...lines {
      try writer.append(loss(step, Double(step * number)))
      if step.isMultiple(of: 17 + number) {
        try writer.settle()
        acknowledged = step
      }
    }
    if number.isMultiple(of: 4) { return acknowledged }
    try writer.append(end(.succeeded, step: lines))
    try writer.close()
    return lines
  }

  @Test(.timeLimit(.minutes(5))) func noAcknowledgedLineIsLostOrDoubled() throws {
    var fixture = PlanFixture()
    fixture.replicates = Self.writers / fixture.arms.count
    let workspace = try Workspace(fixture)
    let layout = workspace.layout
    let starts = try workspace.plan.runs.map { try workspace.start($0.id, attempt: 1) }
    #expect(starts.count == Self.writers)
    for start in starts {
      try FileManager.default.createDirectory(at: layout.attempt(start.run, 1), withIntermediateDirectories: true)
    }
    let store = try RunStore.open(layout)
    let acknowledged = Mutex<[String: Int]>([:])
    let group = DispatchGroup()
    for (number, start) in starts.enumerated() {
      let thread = Thread {
        let count = (try? Self.write(start, number: number, in: layout)) ?? -1
        acknowledged.withLock { $0[start.run] = count }
        group.leave()
      }
      group.enter()
      thread.start()
    }
    var rounds = 0
    while group.wait(timeout: .now()) == .timedOut {
      for start in starts { try store.ingest(run: start.run) }
      rounds += 1
    }
    #expect(rounds > 0)
    for start in starts { try store.ingest(run: start.run) }
    for (number, start) in starts.enumerated() {
      let count = try #require(acknowledged.withLock { $0[start.run] })
      #expect(count >= Self.lines / 2)
      let rows = try store.query(
        "SELECT step, value FROM metric WHERE run = '\(start.run)' ORDER BY step", rowLimit: 1000, seconds: 10
      ).rows
      #expect(rows.count >= count)
      #expect(rows == (0..<rows.count).map { [.integer(Int64($0 + 1)), .real(Double(($0 + 1) * number))] })
      let status = try store.standings(of: [start.run])[start.run]?.status
      #expect(status == (number.isMultiple(of: 4) ? .lost : .succeeded))
    }
    let before = try dump(store)
    #expect(try store.differencesFromFiles().isEmpty)
    #expect(try store.rebuild().isEmpty)
    #expect(try dump(store) == before)
  }
}
