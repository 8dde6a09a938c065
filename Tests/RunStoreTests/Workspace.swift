import Foundation
import GRDB
import Planning
import RunFixtures
import RunStore
import Testing
import Training

/// A results folder in a temporary place, removed with its owner.
final class Workspace {
  let layout: ResultsLayout
  let fixture: PlanFixture
  let plan: Plan

  init(_ fixture: PlanFixture = PlanFixture()) throws {
    let root = FileManager.default.temporaryDirectory.appending(path: "runstore-\(UUID().uuidString)")
    layout = ResultsLayout(root: root)
    self.fixture = fixture
    plan = try fixture.plan()
    try layout.prepare()
    try plan.write(toDirectory: layout.plans)
  }

  deinit {
    try? FileManager.default.removeItem(at: layout.root)
  }

  /// Machine that runs are done on; nil for this one.
  var host: String?

  /// Writes a journal with a start, the given entries, a second apart, and no end unless they hold one.
  func journal(_ run: String, attempt: Int = 1, _ entries: [JournalEntry]) throws {
    try FileManager.default.createDirectory(at: layout.attempt(run, attempt), withIntermediateDirectories: true)
    var time = 1_700_000_000.0 + Double(attempt) * 1000
    let writer = try JournalWriter(creating: layout.journal(run, attempt)) {
      time += 0.5
      return time
    }
    try writer.append(.attempt(start(run, attempt: attempt)))
    for entry in entries {
      try writer.append(entry)
    }
    try writer.close()
  }

  /// Changes the database behind the program's back.
  func execute(_ sql: String) throws {
    let queue = try DatabaseQueue(path: layout.database.path)
    try queue.write { db in try db.execute(sql: sql) }
    try queue.close()
  }

  /// Brings what SQLite keeps beside the database into its file.
  func foldLog() throws {
    let queue = try DatabaseQueue(path: layout.database.path)
    try queue.writeWithoutTransaction { db in try db.execute(sql: "PRAGMA wal_checkpoint(TRUNCATE)") }
    try queue.close()
  }

  func start(_ run: String, attempt: Int) throws -> AttemptStart {
    let planned = try #require(plan.runs.first { $0.id == run })
    return AttemptStart(
      run: run, attempt: attempt, study: plan.study.slug, plan: plan.id, specID: planned.spec,
      spec: try #require(plan.specs[planned.spec]), replicate: planned.replicate, seed: planned.seed, numerics: 1,
      provenance: Provenance(
        backend: "local", host: host ?? ProcessInfo.processInfo.hostName, threads: 2, commit: "c0ffee", isDirty: false,
        binaryDigest: "b1",
        toolchain: "swift 6.3", cpu: "a processor", libraries: ["onednn": "2.6.3"]
      ),
      process: ProcessIdentity(bootID: "boot", pid: 42, startTicks: 4711)
    )
  }
}

func loss(_ step: Int, _ value: Double) -> JournalEntry {
  .metric(MetricPoint(name: "loss", split: "train", step: step, epoch: Double(step) / 10, value: value))
}

func end(_ status: RunStatus, step: Int? = 40, reason: String = "") -> JournalEntry {
  .end(
    AttemptEnd(
      status: status, reason: reason, step: step, weightsDigest: status == .succeeded ? "77aa" : nil, exitCode: nil,
      peakMemoryBytes: 1_000_000
    ))
}

/// All facts of a run that ends well.
func wholeRun(top1: Double) -> [JournalEntry] {
  [
    .layers([
      LayerDescription(
        index: 0, name: "features.0.weight", operation: "convolution", shape: [8, 1, 3, 3], parameters: 72, macs: 1000,
        isPrunable: true, reason: ""
      )
    ]),
    loss(10, 2.5), loss(20, .nan), loss(30, .infinity), loss(40, 1.5),
    .layer(
      LayerPoint(
        index: 0, step: 40, epoch: 4, nonzero: 36, total: 72, threshold: 0.25, relativeTemperature: nil, maskFlips: 3,
        weightNorm: 1.5
      )),
    .checkpoint(CheckpointRecord(step: 40, directory: "step-00000040", digest: "c1")),
    .event(EventRecord(level: .info, kind: "budget", message: "cap changed nothing")),
    .beat(Beat(stepsDone: 40)),
    .result(ResultPoint(name: "top1", step: 40, value: top1)),
    .result(ResultPoint(name: "weights-prunable", step: 40, value: 72)),
    .result(ResultPoint(name: "weights-pruned-requested", step: 40, value: 36)),
    .result(ResultPoint(name: "weights-pruned-scheduled", step: 40, value: 36)),
    .result(ResultPoint(name: "weights-pruned-achieved", step: 40, value: 36)),
    end(.succeeded),
  ]
}
