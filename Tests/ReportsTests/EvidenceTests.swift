import Foundation
import Planning
import RunFixtures
import RunStore
import Testing
import Training

@testable import Reports

/// From journals through the database to the report.
@Suite final class EvidenceTests {
  private let layout: ResultsLayout
  private let plan: Plan
  private let dense: [String]
  private let pdp: [String]

  init() throws {
    layout = ResultsLayout(
      root: FileManager.default.temporaryDirectory.appending(path: "evidence-\(UUID().uuidString)"))
    let fixture = PlanFixture()
    var plan = try fixture.plan()
    plan.elements += [
      .table(Plan.Table(name: "top1", metric: .top1)),
      .claim(Plan.Claim(statement: "It costs", arm: "dense", rival: "pdp-0.5", margin: 0, metric: .top1)),
    ]
    plan.elements += Plan.Figure.allCases.map { .figure($0) }
    plan.id = try plan.contentID
    self.plan = plan
    dense = try [fixture.run("dense", 0), fixture.run("dense", 1)]
    pdp = try [fixture.run("pdp-0.5", 0), fixture.run("pdp-0.5", 1)]
    try layout.prepare()
    try plan.write(toDirectory: layout.plans)
  }

  deinit {
    try? FileManager.default.removeItem(at: layout.root)
  }

  private static let layer = LayerDescription(
    index: 0, name: "features.0.weight", operation: "convolution", shape: [8, 1, 3, 3], parameters: 72, macs: 1000,
    isPrunable: true, reason: ""
  )

  private static let provenance = Provenance(
    backend: "local", host: "laptop", threads: 2, commit: "c0ffee", isDirty: true, binaryDigest: "b1",
    toolchain: "swift 6.3", cpu: "a processor", libraries: ["onednn": "2.6.3", "zlib": "1.2"]
  )

  private static func loss(_ step: Int, _ value: Double) -> JournalEntry {
    .metric(MetricPoint(name: "loss", split: "train", step: step, epoch: Double(step) / 10, value: value))
  }

  private static let point = LayerPoint(
    index: 0, step: 40, epoch: 4, nonzero: 36, total: 72, threshold: 0.25, relativeTemperature: 0.5, maskFlips: 3,
    weightNorm: 1.5
  )

  private func journal(_ run: String, attempt: Int = 1, _ entries: [JournalEntry]) throws {
    let planned = try #require(plan.runs.first { $0.id == run })
    try FileManager.default.createDirectory(at: layout.attempt(run, attempt), withIntermediateDirectories: true)
    let writer = try JournalWriter(creating: layout.journal(run, attempt)) { 1_700_000_000 }
    try writer.append(
      .attempt(
        AttemptStart(
          run: run, attempt: attempt, study: plan.study.slug, plan: plan.id, specID: planned.spec,
          spec: try #require(plan.specs[planned.spec]), replicate: planned.replicate, seed: planned.seed, numerics: 1,
          provenance: Self.provenance, process: ProcessIdentity(bootID: "boot", pid: 42, startTicks: 1)
        )))
    for entry in entries { try writer.append(entry) }
    try writer.close()
  }

  private func finish(_ run: String, attempt: Int = 1, top1: Double) throws {
    try journal(
      run, attempt: attempt,
      [
        .layers([Self.layer]), Self.loss(20, 2), Self.loss(30, .nan), Self.loss(40, 1.5), .layer(Self.point),
        .result(ResultPoint(name: "top1", step: 40, value: top1)),
        .result(ResultPoint(name: "weights-prunable", step: 40, value: 72)),
        .result(ResultPoint(name: "odd", step: 40, value: .infinity)),
        .end(
          AttemptEnd(
            status: .succeeded, reason: "", step: 40, weightsDigest: "77aa", exitCode: nil, peakMemoryBytes: nil)),
      ])
  }

  private func fillAll() throws -> RunStore {
    for (run, top1) in zip(dense + pdp, [0.75, 0.625, 0.5, 0.5]) { try finish(run, top1: top1) }
    return try RunStore.open(layout)
  }

  @Test func evidenceIsWhatTheJournalsSay() throws {
    try journal(dense[0], [Self.loss(10, 3), Self.loss(20, 9)])
    try finish(dense[0], attempt: 2, top1: 0.75)
    try journal(
      pdp[1],
      [
        .end(
          AttemptEnd(
            status: .diverged, reason: "loss is nan", step: 5, weightsDigest: nil, exitCode: nil, peakMemoryBytes: nil))
      ])
    let evidence = try RunStore.open(layout).evidence(for: plan)
    #expect(
      evidence == [
        RunEvidence(
          id: dense[0], status: .succeeded, numerics: 1, results: ["top1": 0.75, "weights-prunable": 72],
          attempts: [Self.provenance, Self.provenance],
          metrics: [(10, 3.0), (20, 2), (40, 1.5)].map {
            MetricPoint(name: "loss", split: "train", step: $0.0, epoch: Double($0.0) / 10, value: $0.1)
          },
          layers: [Self.layer], layerPoints: [Self.point]
        ),
        RunEvidence(id: dense[1], status: .planned, layers: [Self.layer]),
        RunEvidence(id: pdp[0], status: .planned),
        RunEvidence(id: pdp[1], status: .diverged, reason: "loss is nan", numerics: 1, attempts: [Self.provenance]),
      ])
  }

  @Test func trainingsOfASearchAreCountedOnceAndSupersedeNothing() throws {
    func trial(_ number: Int, _ value: Double) -> JournalEntry {
      .metric(
        MetricPoint(name: "trial-knob", split: MetricPoint.searchSplit, step: number, epoch: 0, value: value))
    }
    try journal(dense[0], [trial(1, -5), trial(2, -4), Self.loss(10, 3), Self.loss(20, 9)])
    try journal(dense[0], attempt: 2, [Self.loss(20, 2), trial(2, -4), trial(3, -4.5)])
    let metrics = try #require(try RunStore.open(layout).evidence(for: plan).first).metrics
    #expect(
      metrics.filter { $0.split == MetricPoint.searchSplit }.map { "\($0.step): \($0.value)" }
        == ["1: -5.0", "2: -4.0", "3: -4.5"])
    #expect(metrics.filter { $0.name == "loss" }.map { "\($0.step): \($0.value)" } == ["10: 3.0", "20: 2.0"])
  }

  @Test func runsThatTheDatabaseHasNeverSeenArePlanned() throws {
    var stranger = plan
    stranger.runs[0].id = "nobody"
    #expect(
      try RunStore.open(layout).evidence(for: stranger).first == RunEvidence(id: "nobody", status: .planned))
  }

  @Test func reportIsTheSameAfterARebuild() throws {
    let store = try fillAll()
    let before = try Report.render(ReportData(plan: plan, runs: store.evidence(for: plan)))
    #expect(try store.rebuild().isEmpty)
    #expect(try Report.render(ReportData(plan: plan, runs: store.evidence(for: plan))) == before)
    #expect(before.count == 14)
  }

  @Test func printedQueriesGiveTheNumbersOfTheTables() throws {
    let store = try fillAll()
    let table = try store.query(ReportQuery.table(plan: plan.id, result: "top1"), rowLimit: 100, seconds: 10)
    #expect(table.columns == ["configuration", "numerics", "n", "mean_percent", "runs"])
    #expect(
      table.rows.map { Array($0.prefix(4)) } == [
        [.text("dense"), .integer(1), .integer(2), .real(68.75)],
        [.text("pdp-0.5"), .integer(1), .integer(2), .real(50)],
      ])
    let claim = try store.query(
      ReportQuery.claim(plan: plan.id, arm: "dense", rival: "pdp-0.5", result: "top1"), rowLimit: 100, seconds: 10
    )
    #expect(
      claim.rows == [
        [.integer(0), .real(25), .text(dense[0]), .text(pdp[0])],
        [.integer(1), .real(12.5), .text(dense[1]), .text(pdp[1])],
      ])
    let data = ReportData(plan: plan, runs: try store.evidence(for: plan))
    let text = String(decoding: try #require(try Report.render(data).first).bytes, as: UTF8.self)
    #expect(text.contains("| dense | – | 68.75 ± 8.84 | 2 |"))
    #expect(text.contains("(`dense` over `pdp-0.5`) | +18.75 |"))
    #expect(text.contains(ReportQuery.table(plan: plan.id, result: "top1")))
  }

  @Test func namesInQueriesAreQuoted() throws {
    let result = try fillAll().query(
      ReportQuery.table(plan: "x' OR '1' = '1", result: "top1"), rowLimit: 100, seconds: 10
    )
    #expect(result.rows.isEmpty)
  }
}
