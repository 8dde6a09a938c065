import Foundation
import GRDB
import Planning
import RunFixtures
import RunStore
import Testing
import Training

/// What `db` and `clean` do.
@Suite struct UpkeepTests {
  private let place: Workspace
  private let run: String

  init() throws {
    place = try Workspace()
    run = try place.fixture.run("dense", 0)
    try place.journal(run, [loss(10, 2.5), loss(20, 2.25), end(.succeeded)])
  }

  @Test func databaseEqualsItsRebuildUntilARowIsChanged() throws {
    let store = try RunStore.open(place.layout)
    #expect(try store.differencesFromFiles().isEmpty)
    try store.close()
    try place.execute("UPDATE metric SET value = 2.75 WHERE step = 20")
    try place.execute("DELETE FROM metric WHERE step = 10")
    let tampered = try RunStore.open(place.layout)
    #expect(
      try tampered.differencesFromFiles() == [
        "table 'metric': 1 rows are not what the run folders say, and 2 of theirs are missing"
      ])
    #expect(try tampered.rebuild().isEmpty)
    #expect(try tampered.differencesFromFiles().isEmpty)
  }

  @Test func brokenJournalIsNamedAndHidesNoOther() throws {
    let other = try place.fixture.run("dense", 1)
    try place.journal(other, [loss(10, 2), end(.succeeded)])
    let journal = place.layout.journal(run, 1)
    var bytes = try Data(contentsOf: journal)
    let middle = try #require(bytes.firstRange(of: Data("2.25".utf8))).lowerBound
    bytes[middle] = UInt8(ascii: "3")
    try bytes.write(to: journal)
    let store = try RunStore.open(place.layout)
    #expect(store.notices.count == 1)
    #expect(store.notices.first?.hasPrefix("journal '\(journal.path)' is broken at byte ") == true)
    #expect(try store.runs(status: .succeeded).map(\.run) == [other])
    #expect(throws: RunStoreError.self) { try store.ingest(run: run) }
  }

  @Test func snapshotIsOneReadOnlyFileThatIsNeverWrittenOver() throws {
    let store = try RunStore.open(place.layout)
    let url = place.layout.root.appending(path: "copy.sqlite")
    try store.snapshot(to: url)
    var configuration = Configuration()
    configuration.readonly = true
    let copy = try DatabaseQueue(path: url.path, configuration: configuration)
    #expect(try copy.read { try Int.fetchOne($0, sql: "SELECT count(*) FROM metric") } == 2)
    let mode = try FileManager.default.attributesOfItem(atPath: url.path)[.posixPermissions] as? NSNumber
    #expect(mode?.intValue == 0o444)
    #expect {
      try store.snapshot(to: url)
    } throws: { error in
      "\(error)" == "cannot write '\(url.path)': it is there already; choose another name"
    }
    let names = try FileManager.default.contentsOfDirectory(atPath: place.layout.root.path)
    #expect(!names.contains { $0.hasPrefix(".copy") })
  }

  @Test func measuredRunsTellOfTheirLastTime() throws {
    let store = try RunStore.open(place.layout)
    let once = try #require(try store.measuredConfigurations().first)
    #expect(once.runs == 1)
    #expect(once.spec == (try place.fixture.spec("dense")))
    #expect((once.cpu, once.threads, once.peakMemoryBytes) == ("a processor", 2, 1_000_000))
    #expect(once.trainingSeconds == nil)
    // Done again in two attempts, the first of which was cut short.
    try place.journal(run, attempt: 2, [loss(10, 2.5), end(.interrupted, step: 10)])
    try place.journal(
      run, attempt: 3,
      [loss(20, 2.25), .result(ResultPoint(name: "training-seconds", step: 20, value: 1.5)), end(.succeeded)])
    try store.ingest(run: run)
    let seconds = try store.details(of: run).attempts.map { ($0.endedAt ?? 0) - $0.startedAt }
    #expect(abs(once.seconds - seconds[0]) < 1e-6)
    let again = try #require(try store.measuredConfigurations().first)
    #expect(again.runs == 1)
    #expect(abs(again.seconds - (seconds[1] + seconds[2])) < 1e-6)
    #expect(again.trainingSeconds == 1.5)
    let sizes = try [2, 3].map { try Data(contentsOf: place.layout.journal(run, $0)).count }
    #expect(again.journalBytes == Double(sizes[0] + sizes[1]))
  }

  @Test func leftoversAreDraftsAndOnRequestMore() throws {
    let layout = place.layout
    let lost = try place.fixture.run("dense", 1)
    try place.journal(lost, [loss(10, 2)])
    for folder in [
      layout.checkpoints(run).appending(path: "step-00000040"),
      layout.checkpoints(lost).appending(path: ".step-00000010.77"), layout.attempts(lost).appending(path: ".draft-9"),
      layout.run("0123456789ab").appending(path: "attempts"),
    ] {
      try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    }
    let leftovers = Leftovers(of: try RunStore.open(layout))
    #expect(
      Set(try leftovers.drafts().map(\.what)) == ["draft of an attempt", "draft of a checkpoint"])
    #expect(try leftovers.finishedCheckpoints().map(\.url.path) == [layout.checkpoints(run).path])
    #expect(try leftovers.orphans().map(\.url.lastPathComponent) == ["0123456789ab"])
    let lock = try #require(try FileLock.take(layout.lock(lost, 1)))
    #expect(try leftovers.drafts().isEmpty)
    try lock.release()
  }

  @Test func attemptThatOnlyFinishesSupersedesNothing() throws {
    let run = try place.fixture.run("pdp-0.5", 0)
    let layer = JournalEntry.layer(
      LayerPoint(
        index: 0, step: 40, epoch: 4, nonzero: 5, total: 10, threshold: nil, relativeTemperature: nil, maskFlips: 0,
        weightNorm: 1))
    let finish = JournalEntry.metric(
      MetricPoint(name: "sparsity-achieved", split: "test", step: 40, epoch: 4, value: 0.5))
    try place.journal(run, [loss(30, 2), loss(40, 1.5), layer])
    try place.journal(run, attempt: 2, [finish, end(.succeeded)])
    let store = try RunStore.open(place.layout)
    func rows(_ sql: String) throws -> [[QueryResult.Value]] { try store.query(sql, rowLimit: 9, seconds: 5).rows }
    #expect(
      try rows("SELECT name, step, attempt FROM v_metrics WHERE run = '\(run)' ORDER BY name, step") == [
        [.text("loss"), .integer(30), .integer(1)], [.text("loss"), .integer(40), .integer(1)],
        [.text("sparsity-achieved"), .integer(40), .integer(2)],
      ])
    #expect(try rows("SELECT step, attempt FROM v_layer_stats WHERE run = '\(run)'") == [[.integer(40), .integer(1)]])
  }

  @Test func countsOfTextsOutliveAResume() throws {
    let lengths = (1...3).map { tokens in
      JournalEntry.metric(
        MetricPoint(name: "texts", split: MetricPoint.lengthsSplit, step: 10 * tokens, epoch: 0, value: 5))
    }
    let run = try place.fixture.run("pdp-0.5", 0)
    try place.journal(run, lengths + [loss(10, 2), loss(20, 1.5)])
    try place.journal(run, attempt: 2, [loss(20, 1.5), loss(30, 1)])
    let store = try RunStore.open(place.layout)
    let sql = "SELECT split, step, attempt FROM v_metrics WHERE run = '\(run)' ORDER BY split, step"
    let rows = try store.query(sql, rowLimit: 99, seconds: 5).rows
    #expect(
      rows == [10, 20, 30].map { [.text("lengths"), .integer($0), .integer(1)] }
        + [(10, 1), (20, 2), (30, 2)].map { [.text("train"), .integer($0.0), .integer($0.1)] })
  }
}
