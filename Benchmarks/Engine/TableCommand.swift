import ArgumentParser
import Foundation

/// Measures every network in every mode, each in a process of its own, and prints a markdown table.
struct TableCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "table", abstract: "Measure every network in every mode; print a markdown table.")

  @Option(parsing: .upToNextOption, help: "Networks to measure: \(BenchmarkNetwork.names).")
  var networks: [BenchmarkNetwork] = [.resNet18, .quarterMobileNet, .mobileNet, .miniLM]
  @OptionGroup var options: MeasureOptions

  func validate() throws {
    for network in networks where !network.modes.contains(.dense) {
      throw ValidationError("network '\(network.rawValue)' has no dense step: see the subcommand 'measure'")
    }
  }

  func run() throws {
    let peak = MachinePeak.measured(threads: options.threads)
    print("Peak of \(peak.threads) threads in multiply-adds of registers: \(rounded(peak.gigaflops)) GFLOP/s.\n")
    print("| network | batch | dense ms | PDP ms | PDP overhead | inference ms | GFLOP/s | of peak | peak memory MiB |")
    print("| --- | --- | --- | --- | --- | --- | --- | --- | --- |")
    for network in networks {
      let (dense, pdp) = (try measure(network, .dense), try measure(network, .pdp))
      let inference = try measure(network, .inference)
      let gigaflops = dense.operations / dense.median / 1e6
      let cells = [
        network.rawValue, "\(network.batch)", rounded(dense.median), rounded(pdp.median),
        rounded(100 * (pdp.median / dense.median - 1)) + " %", rounded(inference.median), rounded(gigaflops),
        rounded(100 * gigaflops / peak.gigaflops) + " %", "\(pdp.peakBytes >> 20)",
      ]
      print("| " + cells.joined(separator: " | ") + " |")
    }
  }

  /// In a process of its own, since peak memory is a process's.
  private func measure(_ network: BenchmarkNetwork, _ mode: BenchmarkMode) throws -> Measurement {
    let process = Process()
    process.executableURL = URL(filePath: "/proc/self/exe").resolvingSymlinksInPath()
    process.arguments = ["measure", network.rawValue, mode.rawValue]
    process.arguments? += ["--warmup", "\(options.warmup)", "--steps", "\(options.steps)"]
    if let threads = options.threads { process.arguments? += ["--threads", "\(threads)"] }
    let output = Pipe()
    process.standardOutput = output
    try process.run()
    let line = output.fileHandleForReading.readDataToEndOfFile()
    process.waitUntilExit()
    guard process.terminationStatus == 0 else {
      throw ValidationError("the measurement of \(network.rawValue), \(mode.rawValue) failed; its message stands above")
    }
    let decoder = JSONDecoder()
    decoder.keyDecodingStrategy = .convertFromSnakeCase
    return try decoder.decode(Measurement.self, from: line)
  }

  private func rounded(_ value: Double) -> String { String(format: "%.1f", value) }
}
