import Foundation
import Planning
import RunFixtures
import RunStore
import Testing
import Training

/// Whatever happens to the database, what plans and journals say is in the next one, row by row.
@Suite struct DamagedDatabaseTests {
  private let workspace: Workspace
  private let before: [String]

  init() throws {
    workspace = try Workspace()
    for (index, run) in workspace.plan.runs.enumerated() {
      let points = (1...200).map { loss($0, Double($0 + index) / 7) }
      try workspace.journal(run.id, points + [end(.succeeded, step: 200)])
    }
    let store = try RunStore.open(workspace.layout)
    before = try dump(store)
    try store.close()
    try workspace.foldLog()
  }

  enum Damage: String, CaseIterable {
    case header
    case firstPage = "first page"
    case middle
    case everyThirdPage = "every third page"
    case half = "cut to half"
    case stub = "cut to 100 bytes"
  }

  private func damage(_ damage: Damage) throws {
    let url = workspace.layout.database
    var bytes = try Data(contentsOf: url)
    let page = 4096
    try #require(bytes.count > 20 * page)
    func overwrite(_ range: Range<Int>) {
      bytes.replaceSubrange(range, with: range.map { UInt8(truncatingIfNeeded: $0 &* 31) })
    }
    switch damage {
    case .header: overwrite(0..<100)
    case .firstPage: overwrite(100..<page)
    case .middle: overwrite(bytes.count / 2 / page * page..<bytes.count / 2 / page * page + page)
    case .everyThirdPage:
      for start in stride(from: page, to: bytes.count, by: 3 * page) { overwrite(start..<start + 64) }
    case .half: bytes = bytes.prefix(bytes.count / 2)
    case .stub: bytes = bytes.prefix(100)
    }
    try bytes.write(to: url)
  }

  @Test(arguments: Damage.allCases) func damagedDatabaseIsKeptAndTheNextOneHasEveryRow(kind: Damage) throws {
    try damage(kind)
    let damaged = try Data(contentsOf: workspace.layout.database)
    let store = try RunStore.open(workspace.layout)
    #expect(store.notices.count == 1)
    let notice = try #require(store.notices.first)
    #expect(notice.hasPrefix("the database was damaged ("))
    #expect(try dump(store) == before)
    #expect(try store.integrityFault() == nil)
    #expect(try store.differencesFromFiles().isEmpty)
    let aside = try #require(notice.split(separator: "'").first { $0.hasPrefix("results.sqlite.damaged-") })
    #expect(try Data(contentsOf: workspace.layout.root.appending(path: String(aside))) == damaged)
  }

  @Test func emptyFileAndOneThatWasBegunAreFilled() throws {
    try Data().write(to: workspace.layout.database)
    let filled = try RunStore.open(workspace.layout)
    #expect(try dump(filled) == before)
    #expect(filled.notices.isEmpty)
    // As if the process had been killed before it read the last run's journal.
    try workspace.execute("DELETE FROM journalCursor WHERE run = '\(workspace.plan.runs[3].id)'")
    try workspace.execute("DELETE FROM metric WHERE run = '\(workspace.plan.runs[3].id)'")
    try workspace.execute("DELETE FROM attempt WHERE run = '\(workspace.plan.runs[3].id)'")
    #expect(try dump(RunStore.open(workspace.layout)) == before)
  }

  @Test func damageThatIsMetLaterIsToldWithItsRemedy() {
    #expect(
      RunStoreError.databaseDamaged(path: "r.sqlite", reason: "database disk image is malformed").description
        == "database 'r.sqlite' is damaged: database disk image is malformed; move it away, and the next command fills "
        + "a new one from the run folders")
  }

  @Test func flippedByteOfAPlanHidesNothingElse() throws {
    let file = workspace.layout.plan(workspace.plan.id)
    var bytes = try Data(contentsOf: file)
    bytes[bytes.count / 2] ^= 1
    try bytes.write(to: file)
    try FileManager.default.removeItem(at: workspace.layout.database)
    let store = try RunStore.open(workspace.layout)
    #expect(store.notices.count == 1)
    #expect(store.notices[0].hasPrefix("plan '\(file.path)' "))
    #expect(store.notices[0].contains("plan the study again"))
    let plans = ["arm ", "plan ", "planRun ", "published ", "study "]
    let rest = { (rows: [String]) in rows.filter { row in !plans.contains { row.hasPrefix($0) } } }
    #expect(try rest(dump(store)) == rest(before))
    try workspace.plan.write(toDirectory: workspace.layout.plans)
    #expect(try RunStore.open(workspace.layout).notices.isEmpty)
    #expect(try dump(store) == before)
  }

  @Test func journalThatSaysWhatCannotBeHidesNoOther() throws {
    let run = workspace.plan.runs[2].id
    let point = MetricPoint(name: "loss", split: "train", step: 1, epoch: .nan, value: 1)
    try workspace.journal(run, attempt: 2, [.metric(point)])
    let store = try RunStore.open(workspace.layout)
    let journal = workspace.layout.journal(run, 2)
    #expect(
      store.notices == [
        "journal '\(journal.path)' is broken at byte 0: a line behind it, which is as it was written, says what cannot be: NOT NULL "
          + "constraint failed: metric.epoch; restore the file from a copy, or move its run's folder away to train it anew"
      ])
    #expect(try dump(store) == before)
  }

  @Test func brokenJournalOfALiveRunHidesNoOther() throws {
    let (first, second) = (workspace.plan.runs[0].id, workspace.plan.runs[1].id)
    let store = try RunStore.open(workspace.layout)
    var locks: [FileLock] = []
    for run in [first, second] {
      try workspace.journal(run, attempt: 2, [loss(201, 1)])
      locks.append(try #require(try FileLock.take(workspace.layout.lock(run, 2))))
      try store.ingest(run: run)
      let writer = try JournalWriter(continuing: workspace.layout.journal(run, 2))
      try writer.append(loss(202, 1))
      try writer.close()
    }
    let journal = workspace.layout.journal(first, 2)
    var bytes = try Data(contentsOf: journal)
    let lastLine = try #require(bytes.dropLast().lastIndex(of: 10)) + 1
    bytes[lastLine + 20] ^= 1
    try bytes.write(to: journal)
    let faults = try store.ingestLiveRuns()
    #expect(
      faults == [
        .journalBroken(path: journal.path, byte: lastLine, reason: "the line does not match its running digest")
      ])
    let rows = try store.query("SELECT run FROM metric WHERE step = 202", rowLimit: 9, seconds: 5).rows
    #expect(rows == [[.text(second)]])
    for lock in locks { try lock.release() }
  }
}
