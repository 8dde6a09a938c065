import Foundation
import GRDB
import Planning
import Testing

@testable import RunStore

/// Many journals go in piece by piece, and how they are cut into pieces cannot be seen afterwards.
@Suite struct FoldTests {
  private let workspace: Workspace

  /// Every run with two attempts, the first of which was interrupted.
  init() throws {
    workspace = try Workspace()
    for (number, run) in workspace.plan.runs.enumerated() {
      try workspace.journal(run.id, [loss(10, 3), loss(20, 2), end(.interrupted, step: 20)])
      try workspace.journal(run.id, attempt: 2, wholeRun(top1: Double(number) / 10))
    }
  }

  private func store(_ name: String) throws -> RunStore {
    let layout = ResultsLayout(root: workspace.layout.root, database: workspace.layout.root.appending(path: name))
    let store = try RunStore.open(layout)
    try store.write { db in
      for table in Schema.tables.reversed() where table != "study" && table != "plan" {
        try db.execute(sql: "DELETE FROM \(table)")
      }
    }
    return store
  }

  @Test(arguments: [1, 2000, 1 << 20]) func pieceSizesDoNotMatter(bytes: Int) throws {
    let whole = try RunStore.open(workspace.layout)
    let pieces = try store("pieces.sqlite")
    #expect(try pieces.fold(batches: pieces.tails(of: pieces.layout.runIDs()), of: bytes).isEmpty)
    for table in ["attempt", "metric", "result", "layerStat", "event", "checkpoint", "journalCursor"] {
      let sql = "SELECT * FROM \(table) ORDER BY 1, 2, 3, 4, 5"
      let expected = try whole.query(sql, rowLimit: 1000, seconds: 5).rows
      #expect(try pieces.query(sql, rowLimit: 1000, seconds: 5).rows == expected)
      #expect(!expected.isEmpty)
    }
  }

  /// SQLite does not look up foreign keys while journals go in, and does so again afterwards.
  @Test func rowsOfUnknownAttemptsAreRefusedAllTheSame() throws {
    let store = try RunStore.open(workspace.layout)
    let run = workspace.plan.runs[0].id
    let count = "SELECT count(*) FROM metric"
    let before = try store.query(count, rowLimit: 1, seconds: 5).rows
    for entry in [loss(10, 1), end(.succeeded)] {
      let error = #expect(throws: RunStoreError.self) {
        try store.writeUnreferenced { db in
          var ingestion = try AttemptIngestion(in: db)
          ingestion.start(run: run, attempt: 9)
          try ingestion.apply(JournalLine(seq: 2, time: 1, entry: entry))
          try ingestion.finish()
        }
      }
      #expect(error?.description.contains("its attempt is unknown") == true)
    }
    #expect(try store.query(count, rowLimit: 1, seconds: 5).rows == before)
    #expect(throws: RunStoreError.self) {
      try store.write { db in
        try db.execute(
          sql: "INSERT INTO metric VALUES (?, 'loss', 'train', 1, 9, 1, 1, 'finite', 1)", arguments: [run])
      }
    }
  }

  @Test(arguments: [1, 1 << 20]) func behindABrokenAttemptNothingOfItsRunIsReadAndAllOthersAre(bytes: Int) throws {
    let broken = workspace.plan.runs[1].id
    let journal = workspace.layout.journal(broken, 1)
    var text = try Data(contentsOf: journal)
    text[text.count / 2] ^= 1
    try text.write(to: journal)
    let pieces = try store("broken.sqlite")
    let faults = try pieces.fold(batches: pieces.tails(of: pieces.layout.runIDs()), of: bytes)
    #expect(faults.count == 1)
    #expect(faults.first?.description.contains(journal.path) == true)
    let runs = try pieces.query("SELECT run, count(*) FROM attempt GROUP BY run ORDER BY run", rowLimit: 9, seconds: 5)
    let expected = workspace.plan.runs.map(\.id).filter { $0 != broken }.sorted()
    #expect(runs.rows == expected.map { [.text($0), .integer(2)] })
  }
}
