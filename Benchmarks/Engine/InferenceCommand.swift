import ArgumentParser
import Autodiff
import Foundation
import Inference
import Kernels
import Networks

/// Times a frozen network in dense kernels and in those that are chosen, in turn, layer by layer.
struct InferenceCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "inference",
    abstract: "Time a pruned network's inference: dense beside chosen kernels, in turn; print a markdown table.")

  @OptionGroup var subject: InferenceNetwork
  @OptionGroup var options: MeasureOptions

  func run() throws {
    if let threads = options.threads { ThreadPool.setSize(threads) }
    let (whole, pruned, images) = (subject.dense(), try subject.pruned(), subject.images)
    let dense = PlanTimes(try InferencePlan(whole.frozenGraph(), input: images.shape, choice: .dense))
    let chosen = PlanTimes(try InferencePlan(pruned.frozenGraph(), input: images.shape, choice: .measured))
    let distance = ThreadDistance()
    for round in 0..<options.warmup + options.steps {
      dense.run(images, counts: round >= options.warmup)
      chosen.run(images, counts: round >= options.warmup)
      distance.measure()
    }
    printLayers(dense, chosen)
    printTotals(dense, chosen)
    if let rate = distance.rate {
      print("- a thread reads what another one has just written at \(rounded(rate)) GB/s")
    }
    printDifference(chosen.plan(images), pruned(Variable(images), Pass(.evaluation)).value)
  }

  private func printLayers(_ dense: PlanTimes, _ chosen: PlanTimes) {
    print("| layer | output | nonzero | dense us | kernels | us | least us | speed-up | GFLOP/s at least | why |")
    print("| --- | --- | ---: | ---: | --- | ---: | ---: | ---: | ---: | --- |")
    let before = Dictionary(
      dense.layers.map { ($0.path, $0.seconds.median) }, uniquingKeysWith: { first, _ in first })
    for (path, steps, seconds) in chosen.layers {
      guard let last = steps.last else { continue }
      let multiplications = steps.reduce(0) { $0 + $1.multiplications }
      let share = last.weights == 0 ? "" : rounded(100 * Double(last.nonzeros) / Double(last.weights)) + " %"
      let dense = before[path] ?? 0
      let speed = multiplications == 0 ? "" : rounded(2 * Double(multiplications) / seconds.least / 1e9)
      let cells: [String] = [
        path.isEmpty ? "pooling" : path, "\(last.output)", share, rounded(1e6 * dense),
        steps.map(\.implementation.rawValue).joined(separator: " + "), rounded(1e6 * seconds.median),
        rounded(1e6 * seconds.least), String(format: "%.2f", dense / seconds.median), speed, last.reason,
      ]
      print("| " + cells.joined(separator: " | ") + " |")
    }
  }

  private func printTotals(_ dense: PlanTimes, _ chosen: PlanTimes) {
    func line(_ name: String, _ times: PlanTimes) {
      print(
        "\(name): median \(milliseconds(times.total.median)) ms, least \(milliseconds(times.total.least)) ms, "
          + "sum of every step's least \(milliseconds(times.quietTotal)) ms; "
          + "\(rounded(Double(subject.batch) / times.total.median)) images a second")
    }
    print("\n\(subject.description); \(ThreadPool.size) threads, \(options.steps) rounds in turn.\n")
    line("- dense plan of the network before pruning", dense)
    line("- chosen plan of the pruned network", chosen)
    print(
      String(
        format: "- dense plan over chosen plan: %.2f by medians, %.2f by the least, %.2f by the sums of the least",
        dense.total.median / chosen.total.median, dense.total.least / chosen.total.least,
        dense.quietTotal / chosen.quietTotal))
    print("- activations of the chosen plan: \(chosen.plan.activationBytes >> 10) KiB")
    let kinds: Set<PlannedLayer.Implementation> = [.denseConvolution, .denseProduct]
    let pruned = chosen.plan.layers.filter { kinds.contains($0.implementation) && $0.nonzeros < $0.weights }
    print("- pruned layers that run dense: " + (pruned.isEmpty ? "none" : pruned.map(\.path).joined(separator: ", ")))
  }

  private func printDifference(_ scores: Tensor, _ expected: Tensor) {
    let (scores, expected) = (scores.elements, expected.elements)
    let largest = expected.map(abs).max() ?? 0
    let difference = zip(scores, expected).map { abs($0 - $1) }.max() ?? 0
    print("- largest difference from the training engine's scores: \(difference), of scores up to \(largest)")
  }

  private func milliseconds(_ seconds: Double) -> String { String(format: "%.3f", 1e3 * seconds) }
  private func rounded(_ value: Double) -> String { String(format: "%.1f", value) }
}
