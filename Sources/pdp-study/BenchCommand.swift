import ArgumentParser
import Datasets
import Deployment
import Execution
import Foundation
import Kernels
import Planning
import RunStore

/// Measures networks in use.
struct BenchCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "bench",
    abstract: "Measures a network in use: layer by layer, in dense kernels beside those chosen for it.",
    discussion: """
      Both plans run in turn, round by round, so that whatever else the machine does meets both alike. Times are medians, \
      with the first and third quartile, of runs that each follow another of the same network. Texts have as many tokens as \
      the longest that the network was trained on. Every layer that runs in dense kernels is named with the reason.

      With --study the networks of all arms of a study are measured in the same rounds, the first replicate of each, one \
      image or text at a time; the numbers go to results/latencies, to the database and to the study's report.

      Example: pdp-study bench 3f2a --batch 32 --threads 2
      Example: pdp-study bench model.pdpc --json
      Example: pdp-study bench --study mobilenet-v1 --profile quick
      """
  )

  @OptionGroup var global: GlobalOptions

  @Argument(help: ArgumentHelp("Beginning of a run's id, or a .safetensors or .pdpc file.", valueName: "run or file"))
  var model: String?

  @Option(help: ArgumentHelp("Images or texts at a time, beside one at a time.", valueName: "n"))
  var batch = 1

  @Option(help: ArgumentHelp("Threads; otherwise as many as there are processors.", valueName: "n"))
  var threads: Int?

  @Option(help: ArgumentHelp("Rounds that count.", valueName: "n"))
  var rounds = 30

  @Option(help: ArgumentHelp("Rounds before those.", valueName: "n"))
  var warmup = 3

  @Option(help: ArgumentHelp("Of a file that does not say its network: a run of the same network.", valueName: "run"))
  var like: String?

  @Option(help: ArgumentHelp("Measure all arms of this study.", valueName: "study"))
  var study: String?

  @Option(help: ArgumentHelp("With --study: smoke, quick, bench or paper.", valueName: "profile"))
  var profile = "quick"

  @Flag(help: "Print JSON.")
  var json = false

  func validate() throws {
    guard (model == nil) != (study == nil) else {
      throw ValidationError("expected a run or a file, or --study with the name of a study")
    }
    guard study == nil || (like == nil && batch == 1) else {
      throw ValidationError("--like, --batch: expected with a run or a file alone")
    }
    guard (1...4096).contains(batch) else { throw ValidationError("batch: expected 1 to 4096, got \(batch)") }
    if let threads, !(1...1024).contains(threads) {
      throw ValidationError("threads: expected 1 to 1024, got \(threads)")
    }
    guard (1...100_000).contains(rounds) else { throw ValidationError("rounds: expected 1 to 100000, got \(rounds)") }
    guard (0...100_000).contains(warmup) else { throw ValidationError("warmup: expected 0 to 100000, got \(warmup)") }
  }

  func run() throws {
    ActiveWaiting.restartWithIt()
    ThreadPool.setSize(usedThreads)
    if let study {
      try measure(study)
    } else if let model {
      let deployed = try ModelTarget(model).deployed(global, like: like, normalizing: false)
      let benches = try Set([1, batch]).sorted().map {
        try ModelBench(deployed, batch: $0, threads: usedThreads, warmup: warmup, rounds: rounds)
      }
      Console.output(
        json
          ? try PrettyJSON.text(of: benches)
          : benches.map { BenchText(bench: $0).text }.joined(separator: "\n\n"))
      noteUnsteady(
        benches.filter { [$0.dense, $0.chosen].contains(where: \.seconds.isUnsteady) }.map { "batch \($0.batch)" })
    }
  }

  /// Says that times are no good where the machine had other things to do.
  private func noteUnsteady(_ measured: [String]) {
    guard !measured.isEmpty else { return }
    Console.note(
      "note: times of \(measured.joined(separator: ", ")) differ more than twofold from round to round, as they do where "
        + "something else is running; measure again when the machine is idle, or with fewer --threads")
  }

  private var usedThreads: Int { threads ?? ProcessInfo.processInfo.activeProcessorCount }

  private func measure(_ study: String) throws {
    let (plan, _) = try StudyOptions.parse([study, "--profile", profile]).plan(global)
    let store = try global.openStore()
    let datasets = DatasetStore(root: global.datasets)
    var entries: [StudyBench.Entry] = []
    var measured: Set<String> = []
    for arm in plan.arms {
      guard let run = arm.runs.first, measured.insert(run).inserted else { continue }
      try store.ingest(run: run)
      guard let row = try store.runs().first(where: { $0.run == run }), row.status == .succeeded else {
        Console.note("note: arm '\(Console.printable(arm.name))' is not measured: its first run has not succeeded")
        continue
      }
      let deployed = try store.deployed(run, datasets: datasets, normalizing: false)
      do throws(DeploymentError) {
        if case .images = deployed.network { _ = try deployed.inputShape(batch: 1) }
        entries.append(StudyBench.Entry(run: row, model: deployed))
      } catch {
        Console.note("note: arm '\(Console.printable(arm.name))' is not measured: \(Console.printable("\(error)"))")
      }
    }
    guard !entries.isEmpty else {
      Console.note("note: study '\(Console.printable(plan.study.slug))' has no network that can be measured")
      if json { Console.output("[]") }
      return
    }
    let code = CodeState.current(workspace: global.workspace, executable: StudyOptions.executable)
    let latencies = try StudyBench.measure(
      entries, batch: 1, warmup: warmup, rounds: rounds,
      provenance: Provenance(
        backend: "local", host: ProcessInfo.processInfo.hostName, threads: usedThreads, commit: code.commit,
        isDirty: code.isDirty, binaryDigest: code.binaryDigest, toolchain: Machine.toolchain, cpu: Machine.cpu,
        libraries: Libraries.versions),
      at: Date().timeIntervalSince1970.rounded(.down))
    try store.add(latencies, study: plan.study.slug, profile: plan.profile.rawValue)
    noteUnsteady(
      latencies.filter { $0.seconds.isUnsteady || $0.denseSeconds?.isUnsteady == true }.map { "run \($0.run)" })
    if json {
      Console.output(try PrettyJSON.text(of: latencies))
    } else {
      Console.output(BenchText.table(of: latencies, arms: entries.map { $0.run.arm ?? "" }))
      Console.output(store.layout.latencies(study: plan.study.slug, profile: plan.profile.rawValue).path)
    }
  }
}
