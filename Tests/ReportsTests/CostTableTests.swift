import Foundation
import Pruning
import RunStore
import Testing

@testable import Reports

/// What networks cost in use: measured, stored, or not known.
@Suite struct CostTableTests {
  private func latency(_ run: String, _ milliseconds: Double, dense: String?) -> Latency {
    Latency(
      run: run, study: "s", profile: "quick", weightsDigest: "", batch: 1, rounds: 30,
      seconds: Latency.Quartiles(
        lower: milliseconds * 0.9e-3, median: milliseconds * 1e-3, upper: milliseconds * 1.2e-3),
      denseRun: dense,
      denseSeconds: dense.map { _ in Latency.Quartiles(lower: 0.0019, median: 0.002, upper: 0.0021) }, layers: 28,
      layersDense: 15, activationBytes: 1,
      provenance: Provenance(
        backend: "local", host: "h", threads: 2, commit: "c0ffee", isDirty: false, binaryDigest: "b",
        toolchain: "swift 6.3 release", cpu: "a processor", libraries: [:]),
      measuredAt: 1_790_000_000)
  }

  /// A study of which the arms named have numbers in use.
  private func data(measured: [String: Double]) -> ReportData {
    var data = SyntheticStudy(
      arms: [
        SyntheticStudy.Arm(name: "dense", method: .dense, sparsity: 0, top1: [0.9, 0.91]),
        SyntheticStudy.Arm(
          name: "pdp-0.9", method: .pdp(temperature: .absolute(1e-4)), sparsity: 0.9, top1: [0.85, 0.87]),
      ]
    ).data
    for (name, milliseconds) in measured {
      let run = SyntheticStudy.run(name, 0)
      data.runs[run]?.latency = latency(run, milliseconds, dense: SyntheticStudy.run("dense", 0))
      data.runs[run]?.results["stored-bytes"] = 1200
      data.runs[run]?.results["stored-bytes-dense"] = 8000
    }
    return data
  }

  private func markdown(_ data: ReportData) throws -> String {
    String(decoding: try #require(try Report.render(data).first).bytes, as: UTF8.self)
  }

  @Test func measuredArmsHaveTheirNumbersAndTheOthersTheCommand() throws {
    let data = data(measured: ["pdp-0.9": 1.5])
    let text = try markdown(data)
    #expect(text.contains("| pdp-0.9 | 1200 | 15.00 | 5000 | 10.00 | 1.500 | 1.350 to 1.800 | 0.75 | 15 of 28 |"))
    #expect(text.contains("| dense | – | – | 50000 | 100.00 | not measured | – | – | – |"))
    #expect(text.contains("Not measured: the latency of dense. Run `\(data.benchCommand)`."))
    #expect(text.contains("a processor, 2 threads, 30 rounds on 2026-09-21, code `c0ffee`, swift 6.3 release"))
    #expect(text.contains("![Accuracy against latency](accuracy-versus-latency.png)"))
    let files = try Report.render(data).map(\.name)
    #expect(files.contains("accuracy-versus-latency.png") && files.contains("accuracy-versus-latency.csv"))
  }

  @Test func withoutMeasurementsThereIsNoFigureAndNothingIsZero() throws {
    let data = data(measured: [:])
    let text = try markdown(data)
    #expect(text.contains("Not measured: the latency of every network. Run `\(data.benchCommand)`."))
    #expect(try !Report.render(data).map(\.name).contains("accuracy-versus-latency.png"))
    #expect(!text.contains("latency measured | a processor"))
  }
}
