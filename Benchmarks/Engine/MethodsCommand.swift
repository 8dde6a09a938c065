import ArgumentParser
import Foundation
import Kernels
import Pruning

/// Times a training step of every pruning method beside a dense one, step by step by turns.
struct MethodsCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "methods", abstract: "Time a step of every pruning method beside a dense one; print a markdown table.")

  @Argument(help: "Network, one for images of 32x32: \(BenchmarkNetwork.names).")
  var network = BenchmarkNetwork.resNet18
  @Option(parsing: .upToNextOption, help: "Methods by name; all by default.")
  var only: [String] = []
  @OptionGroup var options: MeasureOptions

  /// A method in a structure at 86.6 % (50 % of channels), at the end of its schedule.
  private struct Case {
    let config: PruningConfig
    /// Where the method's sparse phase is.
    let firstStep: Int

    init(_ method: MethodConfig, _ structure: Structure, firstStep: Int = 0, rampEpochs: Double = 0) {
      let sparsity =
        switch structure {
        case .unstructured, .blocks: 0.866
        case .groups(let keeping, let size): 1 - Double(keeping) / Double(size)
        case .channels: 0.5
        }
      config = PruningConfig(
        method: method, structure: structure, sparsity: sparsity, budget: Budget(rule: .uniform, cap: 0.98),
        schedule: PruningSchedule(warmupEpochs: 0, rampEpochs: rampEpochs),
        eligibility: .allConvolutionAndLinearWeights)
      self.firstStep = firstStep
    }
  }

  private static let cases: [Case] = {
    let (pattern, channels) = (Structure.groups(keeping: 2, of: 4), Structure.channels(minimum: 1, multiple: 1))
    return [
      Case(.pdp(temperature: .absolute(1e-4)), .unstructured), Case(.gmp(storage: .shadow), .unstructured),
      Case(.gmp(storage: .projected), .unstructured), Case(.oneShot, .unstructured), Case(.dnw, .unstructured),
      Case(.acdc, .unstructured, firstStep: BenchmarkPruning.totalSteps / 10), Case(.random, .unstructured),
      Case(.set(share: 0.3, interval: 10, until: 1), .unstructured),
      Case(.rigL(share: 0.3, interval: 10, until: 1), .unstructured),
      Case(.graNet(initialSparsity: 0.5, share: 0.5, interval: 10), .unstructured),
      Case(.str(initial: -5, decay: 1e-4), .unstructured),
      // While it searches, not while it tunes.
      Case(
        .continuousSparsification(initial: 0, penalty: 1e-8, sharpness: 200, selection: .sign), .unstructured,
        rampEpochs: 90),
      Case(.optG(steepness: 1), .unstructured), Case(.movement(scoreRate: 1e-2), .unstructured),
      Case(.softMovement(scoreRate: 1e-2, threshold: 0.1, penalty: 400), .unstructured),
      Case(.snip(examples: 100), .unstructured), Case(.grasp(examples: 100), .unstructured),
      Case(.synFlow(rounds: 10), .unstructured), Case(.gmp(storage: .shadow), .blocks(size: 4)),
      Case(.pdp(temperature: .absolute(1e-4)), pattern), Case(.srSTE(pull: 2e-4), pattern), Case(.asp, pattern),
      Case(.lbc, pattern), Case(.pdp(temperature: .relative(0.1)), channels), Case(.l2Norm, channels),
      Case(.fpgm, channels), Case(.slimming(penalty: 1e-4), channels), Case(.taylor(examples: 100), channels),
      Case(.hRank(examples: 8), channels), Case(.chip(examples: 2), channels),
    ]
  }()

  func validate() throws {
    let names = Set(Self.cases.map(\.config.method.name))
    for name in only where !names.contains(name) {
      throw ValidationError("unknown method '\(name)': expected one of \(names.sorted().joined(separator: ", "))")
    }
    guard network != .miniLM, network != .tuning, network != .resNet50 else {
      throw ValidationError("network '\(network.rawValue)' is none for images of 32x32")
    }
  }

  func run() throws {
    if let threads = options.threads { ThreadPool.setSize(threads) }
    print(
      "\(network.rawValue), batch \(network.batch), \(ThreadPool.size) threads; medians of \(options.steps) steps by turns.\n"
    )
    print("| method | structure | dense ms | with method ms | overhead | slowest step ms |")
    print("| --- | --- | --- | --- | --- | --- |")
    for entry in Self.cases where only.isEmpty || only.contains(entry.config.method.name) {
      let dense = try network.workload(.dense)
      let pruned = try network.visionWorkload(pruning: entry.config, firstStep: entry.firstStep)
      var times: (dense: [Double], pruned: [Double]) = ([], [])
      for step in 0..<options.warmup + options.steps {
        let (own, other) = (try time(dense), try time(pruned))
        guard step >= options.warmup else { continue }
        times.dense.append(own)
        times.pruned.append(other)
      }
      let (own, other) = (median(times.dense), median(times.pruned))
      let cells = [
        entry.config.method.name, entry.config.structure.name, rounded(own), rounded(other),
        rounded(100 * (other / own - 1)) + " %", rounded(times.pruned.max() ?? 0),
      ]
      print("| " + cells.joined(separator: " | ") + " |")
    }
  }

  private func time(_ workload: any Workload) throws -> Double {
    let start = ContinuousClock.now
    _ = try workload.step()
    return (ContinuousClock.now - start) / .milliseconds(1)
  }

  private func median(_ values: [Double]) -> Double { values.sorted()[values.count / 2] }

  private func rounded(_ value: Double) -> String { String(format: "%.1f", value) }
}
