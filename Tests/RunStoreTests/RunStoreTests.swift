import Foundation
import Planning
import RunFixtures
import RunStore
import Testing

@Suite struct RunStoreTests {
  private let workspace: Workspace
  private let store: RunStore
  private let dense: String

  init() throws {
    workspace = try Workspace()
    dense = try workspace.fixture.run("dense", 0)
    try workspace.journal(dense, wholeRun(top1: 0.5))
    store = try RunStore.open(workspace.layout)
  }

  private func message(_ body: () throws -> Void) -> String {
    do {
      try body()
      return "no error"
    } catch {
      return "\(error)"
    }
  }

  @Test func endlessQueryIsStopped() {
    let sql = "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT max(i) FROM n"
    #expect(
      message { _ = try store.query(sql, rowLimit: 10, seconds: 0.2) }
        == "query took longer than 0.2 s; narrow it, or allow more with --timeout")
  }

  @Test func rowsBeyondTheLimitAreCutOffAndSaidToBe() throws {
    let result = try store.query("SELECT step FROM metric ORDER BY step", rowLimit: 2, seconds: 5)
    #expect(result == QueryResult(columns: ["step"], rows: [[.integer(10)], [.integer(20)]], isCutOff: true))
    #expect(try store.query("SELECT step FROM metric", rowLimit: 4, seconds: 5).isCutOff == false)
  }

  @Test func everyViewAnswers() throws {
    let views = try store.views()
    for view in views {
      _ = try store.query("SELECT * FROM \(view.name)", rowLimit: 10, seconds: 5)
      #expect(!view.description.isEmpty, "\(view.name)")
    }
    #expect(
      views.map(\.name) == [
        "v_accuracy_lost", "v_best_arm", "v_latencies", "v_layer_stats", "v_mask_churn", "v_metrics", "v_pruned_counts",
        "v_published_vs_reproduced", "v_replay_audit", "v_run_facts", "v_runs", "v_seed_summary", "v_slowest_runs",
      ])
  }

  @Test func runsAreFoundByPrefix() throws {
    #expect(try store.runID(startingWith: dense) == dense)
    #expect(
      message { _ = try store.runID(startingWith: "zz") }
        == "run 'zz' is unknown; 'pdp-study list' shows the runs there are")
  }

  @Test func prefixOfSeveralRunsIsAmbiguous() throws {
    var fixture = PlanFixture()
    fixture.replicates = 12
    let many = try Workspace(fixture)
    let groups = Dictionary(grouping: many.plan.runs.map(\.id)) { $0.prefix(1) }
    let (prefix, matches) = try #require(groups.first { (2...5).contains($0.value.count) })
    let known = try RunStore.open(many.layout)
    #expect(
      message { _ = try known.runID(startingWith: String(prefix)) }
        == "run '\(prefix)' is ambiguous: it may be \(matches.sorted().joined(separator: ", ")); give more of it")
  }

  @Test func listingTakesStudyStatusAndCondition() throws {
    #expect(try store.runs().map(\.run).first == dense)
    #expect(try store.runs().count == 4)
    #expect(try store.runs(status: .succeeded).map(\.run) == [dense])
    #expect(try store.runs(study: "other").isEmpty)
    #expect(
      try store.runs(condition: "method = 'pdp' AND replicate = 1").map(\.run)
        == [try workspace.fixture.run("pdp-0.5", 1)])
    #expect(message { _ = try store.runs(condition: "metod = 'pdp'") } == "query is invalid: no such column: metod")
  }

  @Test func detailsTellWhatARunIsAndDid() throws {
    let details = try store.details(of: dense)
    #expect(details.plan?.sourcePath == "studies/tiny.swift")
    #expect(details.attempts.map(\.codeCommit) == ["c0ffee"])
    #expect(details.layers.map(\.nonzero) == [36])
    #expect(details.lastMetrics.map(\.value) == [1.5])
    #expect(details.events.map(\.message) == ["cap changed nothing"])
    #expect(details.parameters.contains { $0.key == "model.width" && $0.text == "0.25" })
  }

  @Test func damagedDatabaseIsKeptAsideAndRebuilt() throws {
    let before = try dump(store)
    let fresh = ResultsLayout(
      root: workspace.layout.root, database: workspace.layout.root.appending(path: "damaged.sqlite"))
    try Data(repeating: 0x55, count: 20_000).write(to: fresh.database)
    let rebuilt = try RunStore.open(fresh)
    #expect(rebuilt.notices.count == 1)
    #expect(
      rebuilt.notices.first?.hasPrefix(
        "the database was damaged (file is not a database); it was kept as 'damaged.sqlite.damaged-") == true)
    #expect(try dump(rebuilt) == before)
  }

  @Test func databaseOfAnotherProgramIsLeftAlone() throws {
    let foreign = ResultsLayout(
      root: workspace.layout.root, database: workspace.layout.root.appending(path: "foreign.sqlite"))
    // The header of an empty database with application id 7, as SQLite writes it.
    var page = Data(repeating: 0, count: 4096)
    page.replaceSubrange(0..<16, with: Data("SQLite format 3\0".utf8))
    page.replaceSubrange(16..<24, with: [0x10, 0x00, 1, 1, 0, 64, 32, 32])
    page[31] = 1
    page[47] = 4
    page[59] = 1
    page[71] = 7
    page[100] = 0x0D
    page[105] = 0x10
    try page.write(to: foreign.database)
    #expect(
      message { _ = try RunStore.open(foreign) } == """
        database '\(foreign.database.path)' belongs to another program: expected application id 1346654291, got 7; \
        choose another file with --db
        """)
    #expect(try Data(contentsOf: foreign.database) == page)
  }

  @Test func readOnlyResultsFolderIsNamed() throws {
    let root = try TemporaryFolder()
    let sealed = root.url.appending(path: "results")
    try FileManager.default.createDirectory(at: sealed, withIntermediateDirectories: false)
    try FileManager.default.setAttributes([.posixPermissions: 0o555], ofItemAtPath: sealed.path)
    #expect(
      message { _ = try RunStore.open(ResultsLayout(root: sealed)) }
        == "results folder '\(sealed.path)' is read-only; make it writable or choose another place with --root")
    #expect(try FileManager.default.contentsOfDirectory(atPath: sealed.path).isEmpty)
  }

  @Test func corruptPlanIsNamed() throws {
    let url = workspace.layout.plan("cut-off")
    try Data(contentsOf: workspace.layout.plan(workspace.plan.id)).prefix(500).write(to: url)
    let text = message { try store.register(planAt: url) }
    #expect(text == "plan '\(url.path)' cannot be read: not valid JSON; plan the study again or delete it")
    #expect(try store.runs().count == 4)
  }
}
