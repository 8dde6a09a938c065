import ArgumentParser

/// Times the engine on the networks of the benchmark.
@main
struct EngineBenchmark: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "engine-benchmark",
    abstract: "Time training steps, inference and PDP's overhead of the bench networks.",
    subcommands: [
      TableCommand.self, MeasureCommand.self, MethodsCommand.self, InferenceCommand.self, InferenceTextCommand.self,
      InferenceCurveCommand.self, ONNXCommand.self,
    ],
    defaultSubcommand: TableCommand.self)
}

/// Number of timed steps and threads, for every subcommand.
struct MeasureOptions: ParsableArguments {
  @Option(help: "Threads; the machine's number by default.")
  var threads: Int?
  @Option(help: "Steps before the timed ones.")
  var warmup = 3
  @Option(help: "Timed steps.")
  var steps = 10

  func validate() throws {
    guard threads ?? 1 > 0, warmup >= 0, steps > 0 else {
      throw ValidationError("--threads and --steps are at least 1, --warmup at least 0")
    }
  }
}
