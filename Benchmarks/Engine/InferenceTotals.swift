import Foundation
import Kernels

/// A network's whole runs: by the training engine, by its dense plan and by the plan of chosen kernels, in turn.
struct InferenceTotals {
  let dense: LayerTimes
  let chosen: LayerTimes
  /// Seconds of every round.
  let engine: [Double]
  /// What a batch is made of.
  let examples: String
  let batch: Int
  let rounds: Int
  /// Of the plan of chosen kernels.
  let activationBytes: Int

  func print() {
    let (before, after) = (LayerTimes.quantiles(dense.totals), LayerTimes.quantiles(chosen.totals))
    Swift.print("\n\(ThreadPool.size) threads, batch \(batch), \(rounds) rounds in turn.\n")
    printLine("- training engine, dense", LayerTimes.quantiles(engine))
    printLine("- plan, dense kernels", before)
    printLine("- plan, kernels as chosen", after)
    Swift.print(
      String(
        format: "- dense plan over chosen plan: %.2f by medians, %.2f by the least", before.median / after.median,
        before.least / after.least))
    // What the plans would take if nothing else ran on the machine.
    let (quietBefore, quietAfter) = (dense.quietTotal, chosen.quietTotal)
    Swift.print(
      "- sums of every layer's least: dense plan \(milliseconds(quietBefore)) ms, chosen plan "
        + "\(milliseconds(quietAfter)) ms")
    Swift.print("- activations of the chosen plan: \(activationBytes >> 10) KiB")
  }

  private func printLine(_ name: String, _ seconds: (least: Double, median: Double)) {
    let speed = String(format: "%.1f", Double(batch) / seconds.median)
    Swift.print(
      "\(name): median \(milliseconds(seconds.median)) ms, least \(milliseconds(seconds.least)) ms; "
        + "\(speed) \(examples) a second")
  }

  private func milliseconds(_ seconds: Double) -> String { String(format: "%.3f", 1e3 * seconds) }
}
