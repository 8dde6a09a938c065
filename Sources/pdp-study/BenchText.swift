import Deployment
import Foundation
import RunStore

/// What was measured, for people.
struct BenchText {
  let bench: ModelBench

  var text: String {
    [
      "\(Console.printable(bench.model)): \(bench.network), batch \(bench.batch), "
        + "\(Format.counted(bench.threads, "thread")), \(Format.counted(bench.rounds, "round")) in turn",
      "", layers.text(.table), "", totals.text(.table), "", closing,
    ].joined(separator: "\n")
  }

  private var layers: TextTable {
    TextTable(
      columns: ["layer", "output", "kernel", "nonzero", "share", "dense us", "us", "why"],
      rows: bench.layers.map { layer in
        [
          .text(layer.path), .text(layer.output.map { "\($0)" }.joined(separator: "x")), .text(layer.implementation),
          layer.weights == 0 ? .empty : .number("\(layer.nonzeros)"),
          layer.weights == 0 ? .empty : .number(Format.percent(Double(layer.nonzeros) / Double(layer.weights))),
          .number(Self.microseconds(layer.denseSeconds)), .number(Self.microseconds(layer.seconds)),
          .text(layer.reason),
        ]
      })
  }

  private var totals: TextTable {
    TextTable(
      columns: ["plan", "median ms", "quartiles ms", "examples/s", "activations"],
      rows: [("dense kernels", bench.dense), ("as chosen", bench.chosen)].map { name, total in
        [
          .text(name), .number(Self.milliseconds(total.seconds.median)),
          .number("\(Self.milliseconds(total.seconds.lower))..\(Self.milliseconds(total.seconds.upper))"),
          .number(String(format: "%.1f", total.examplesPerSecond)), .number(Format.bytes(total.activationBytes)),
        ]
      })
  }

  private var closing: String {
    let weighted = bench.layers.filter { $0.weights > 0 }
    let dense = weighted.filter(\.isDense)
    let names = dense.map { "\($0.path) (\($0.reason))" }.joined(separator: "\n  ")
    return String(format: "dense kernels over chosen ones: %.2f\n", bench.speedup)
      + "\(dense.count) of \(Format.counted(weighted.count, "layer")) with weights run dense"
      + (dense.isEmpty ? "" : ":\n  \(names)")
  }

  /// A row a measured run.
  static func table(of latencies: [Latency], arms: [String]) -> String {
    TextTable(
      columns: ["arm", "run", "median ms", "quartiles ms", "of dense", "layers dense", "activations"],
      rows: zip(latencies, arms).map { latency, arm in
        let seconds = latency.seconds
        return [
          .text(arm), .text(latency.run), .number(milliseconds(seconds.median)),
          .number("\(milliseconds(seconds.lower))..\(milliseconds(seconds.upper))"),
          latency.ratioToDense.map { .number(String(format: "%.2f", $0)) } ?? .empty,
          .number("\(latency.layersDense) of \(latency.layers)"), .number(Format.bytes(latency.activationBytes)),
        ]
      }
    ).text(.table)
  }

  private static func milliseconds(_ seconds: Double) -> String { String(format: "%.3f", 1e3 * seconds) }
  private static func microseconds(_ seconds: Double) -> String { String(format: "%.1f", 1e6 * seconds) }
}
