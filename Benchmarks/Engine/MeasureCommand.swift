import ArgumentParser
import Foundation
import Kernels

/// Measures one network in one mode in this process and prints one line of JSON.
struct MeasureCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "measure", abstract: "Measure one network in one mode; print one line of JSON.")

  @Argument(help: "Network: \(BenchmarkNetwork.names).")
  var network: BenchmarkNetwork
  @Argument(help: "Mode: \(BenchmarkMode.names).")
  var mode: BenchmarkMode
  @OptionGroup var options: MeasureOptions

  func validate() throws {
    guard network.modes.contains(mode) else {
      let names = network.modes.map(\.rawValue).joined(separator: ", ")
      throw ValidationError("network '\(network.rawValue)' has no mode '\(mode.rawValue)': expected one of \(names)")
    }
  }

  func run() throws {
    let measurement = try Measurement(network, mode, options)
    let encoder = JSONEncoder()
    encoder.keyEncodingStrategy = .convertToSnakeCase
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    print(String(decoding: try encoder.encode(measurement), as: UTF8.self))
  }
}

/// What one process measured.
struct Measurement: Codable {
  let network: String
  let mode: String
  let threads: Int
  /// Of each timed step.
  let milliseconds: [Double]
  /// Most memory that the process has held at once.
  let peakBytes: Int
  /// Loss of each timed step; empty for inference.
  let losses: [Double]
  /// Floating-point operations of a step: two a multiplication, three passes in training, one more of a teacher.
  let operations: Double

  init(_ network: BenchmarkNetwork, _ mode: BenchmarkMode, _ options: MeasureOptions) throws {
    if let threads = options.threads { ThreadPool.setSize(threads) }
    let workload = try network.workload(mode)
    var losses: [Double] = []
    var milliseconds: [Double] = []
    for step in 0..<options.warmup + options.steps {
      let start = ContinuousClock.now
      let loss = try workload.step()
      let elapsed = (ContinuousClock.now - start) / .milliseconds(1)
      guard step >= options.warmup else { continue }
      milliseconds.append(elapsed)
      if let loss { losses.append(loss) }
    }
    self.network = network.rawValue
    self.mode = mode.rawValue
    threads = ThreadPool.size
    self.milliseconds = milliseconds
    self.losses = losses
    peakBytes = Self.peakMemoryBytes()
    operations = 2 * Double(workload.multiplications) * Double(mode.passes)
  }

  var median: Double { milliseconds.sorted()[milliseconds.count / 2] }

  /// From the kernel's `VmHWM`; 0 where the kernel does not say.
  private static func peakMemoryBytes() -> Int {
    guard let status = try? String(contentsOfFile: "/proc/self/status", encoding: .utf8) else { return 0 }
    let line = status.split(separator: "\n").first { $0.hasPrefix("VmHWM:") }
    return 1024 * (line?.split(whereSeparator: { !$0.isNumber }).first.flatMap { Int($0) } ?? 0)
  }
}
