import Datasets
import Dispatch
import Foundation
import Kernels
import Planning
import RunStore
import Synchronization
import Training

/// Plans and journals of runs that never ran: those of a real study, and variations of it under other names.
struct GeneratedResults {
  let layout: ResultsLayout
  let study = "mobilenet-v1"
  let armsAtQuick: Int
  private let plans: [Plan]
  private let pointsPerRun: Int

  /// A run of the real study.
  var aRun: String { plans[0].runs[0].id }

  /// Makes a workspace in `root` with the studies and data set manifests of `repository`.
  ///
  /// - Throws: whatever keeps the study from being planned.
  init(root: URL, repository: URL, runs: Int, pointsPerRun: Int) throws {
    self.pointsPerRun = pointsPerRun
    layout = ResultsLayout(root: root.appending(path: "results"))
    try layout.prepare()
    for name in ["studies", "datasets"] where !FileManager.default.fileExists(atPath: root.appending(path: name).path) {
      try FileManager.default.copyItem(at: repository.appending(path: name), to: root.appending(path: name))
    }
    let executable = URL(filePath: "/proc/self/exe").resolvingSymlinksInPath()
    let loader = StudyLoader(
      workspace: root, cacheDirectory: layout.root.appending(path: ".cache/studies"),
      toolchain: try StudyToolchain(
        besideExecutable: executable, searchPath: ProcessInfo.processInfo.environment["PATH"] ?? ""))
    let planner = try Planner(store: DatasetStore(root: root.appending(path: "datasets")))
    let plan = try planner.plan(loader.load(study), profile: .quick)
    armsAtQuick = plan.arms.count
    let count = (runs + plan.runs.count - 1) / plan.runs.count
    var left = runs
    plans = try (0..<count).map { number in
      let varied = try number == 0 ? plan : Self.variation(number, of: plan, runs: min(left, plan.runs.count))
      left -= varied.runs.count
      return varied
    }
  }

  /// The plan with another name, other seeds and other configurations, cut to `runs` runs.
  private static func variation(_ number: Int, of plan: Plan, runs: Int) throws -> Plan {
    var varied = plan
    varied.study.slug = "\(plan.study.slug)-\(number)"
    var ids: [String: String] = [:]
    varied.specs = [:]
    for (id, spec) in plan.specs {
      var spec = spec
      spec.training.labelSmoothing = Double(number) / 10_000
      ids[id] = try spec.id
      varied.specs[try spec.id] = spec
    }
    var runIDs: [String: String] = [:]
    varied.runs = plan.runs.prefix(runs).map { run in
      let copy = Plan.Run(
        spec: ids[run.spec] ?? run.spec, replicate: run.replicate, studySeed: Seed(UInt64(number)),
        needs: run.needs?.compactMap { runIDs[$0] })
      runIDs[run.id] = copy.id
      return copy
    }
    for index in varied.arms.indices {
      varied.arms[index].spec = ids[varied.arms[index].spec] ?? ""
      varied.arms[index].runs = varied.arms[index].runs.compactMap { runIDs[$0] }
    }
    varied.id = try varied.contentID
    return varied
  }

  /// Writes plans and journals and returns the number of points in them.
  func write() throws -> Int {
    let fault = Mutex<(any Error)?>(nil)
    let points = Mutex(0)
    DispatchQueue.concurrentPerform(iterations: plans.count) { index in
      do {
        let plan = plans[index]
        try plan.write(toDirectory: layout.plans)
        let written = try plan.runs.reduce(0) { try $0 + write($1, of: plan) }
        points.withLock { $0 += written }
      } catch {
        fault.withLock { $0 = error }
      }
    }
    if let fault = fault.withLock({ $0 }) { throw fault }
    return points.withLock { $0 }
  }

  private func write(_ run: Plan.Run, of plan: Plan) throws -> Int {
    guard let spec = plan.specs[run.spec] else { return 0 }
    try FileManager.default.createDirectory(at: layout.attempt(run.id, 1), withIntermediateDirectories: true)
    var time = 1_700_000_000.0
    let writer = try JournalWriter(creating: layout.journal(run.id, 1)) {
      time += 0.25
      return time
    }
    try writer.append(
      .attempt(
        AttemptStart(
          run: run.id, attempt: 1, study: plan.study.slug, plan: plan.id, specID: run.spec, spec: spec,
          replicate: run.replicate, seed: run.seed, numerics: 2,
          provenance: Provenance(
            backend: "local", host: "generated", threads: 1, commit: "", isDirty: false, binaryDigest: "",
            toolchain: "swift", cpu: "none", libraries: [:]),
          process: ProcessIdentity(bootID: "", pid: 1, startTicks: 1))))
    try writer.append(.layers(Self.layers))
    var made = 0
    var step = 0
    let metrics = [
      ("loss", "train"), ("loss", "test"), ("top1", "train"), ("top1", "test"), ("learning-rate", "train"),
    ]
    while made < pointsPerRun {
      step += 80
      let epoch = Double(step) / 80
      // Values with all their digits, as those of training have.
      let value = Double(Float(1 / epoch + Double(run.seed % 97) / 1000))
      for (name, split) in metrics {
        try writer.append(.metric(MetricPoint(name: name, split: split, step: step, epoch: epoch, value: value)))
      }
      for layer in Self.layers where step / 80 % 4 == 0 {
        try writer.append(
          .layer(
            LayerPoint(
              index: layer.index, step: step, epoch: epoch, nonzero: 36, total: 72, threshold: value / 10,
              relativeTemperature: value / 100, maskFlips: 3, weightNorm: value)))
        made += 1
      }
      made += metrics.count
    }
    for (name, value) in [
      ("top1", 0.8 + Double(run.seed % 1000) / 5000), ("weights-prunable", 72), ("weights-pruned-requested", 36),
      ("weights-pruned-scheduled", 36), ("weights-pruned-achieved", 36), ("training-seconds", 60),
      ("macs-dense", 1000), ("macs-nonzero", 500), ("parameters", 72), ("parameters-nonzero", 36),
    ] {
      try writer.append(.result(ResultPoint(name: name, step: step, value: value)))
    }
    try writer.append(
      .end(
        AttemptEnd(
          status: .succeeded, reason: "", step: step, weightsDigest: "77aa", exitCode: 0, peakMemoryBytes: 100 << 20)))
    try writer.close()
    return made
  }

  private static let layers = (0..<28).map { index in
    LayerDescription(
      index: index, name: "features.\(index).0.weight", operation: "convolution", shape: [8, 1, 3, 3], parameters: 72,
      macs: 1000, isPrunable: true, reason: "")
  }
}
