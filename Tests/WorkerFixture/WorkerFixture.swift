import Execution
import Foundation
import Glibc
import Planning
import Pruning
import Training

/// A worker whose training is arithmetic: 40 steps, 10 an epoch, a checkpoint an epoch.
///
/// What it does with a method is told by `behaviour.txt` in the folder of data sets, a line `METHOD BEHAVIOUR` each.
@main
struct WorkerFixture {
  static func main() {
    StopSignals.watch()
    do {
      let order = try WorkerOrder(text: CommandLine.arguments.last ?? "")
      let worker = Worker(order, libraries: ["arithmetic": "1.0"], writesLog: true) { StopSignals.count > 0 }
      exit(try worker.work(train).rawValue)
    } catch {
      FileHandle.standardError.write(Data("\(error)\n".utf8))
      exit(1)
    }
  }

  private static func train(
    _ request: TrainingRequest, _ report: (TrainingFact) throws -> Void, _ shouldStop: () -> Bool
  ) throws -> TrainingOutcome {
    let behaviour = try behaviour(of: request)
    FileHandle.standardOutput.write(
      Data("training \(request.spec.pruning.method.name), replicate \(request.replicate)\n".utf8))
    if let start = request.initialWeights {
      FileHandle.standardOutput.write(Data("starting from \(try String(contentsOf: start, encoding: .utf8))\n".utf8))
    }
    try report(.layers([]))
    var step =
      try FileManager.default.contentsOfDirectory(atPath: request.checkpoints.path)
      .compactMap { Int($0.dropFirst(5)) }.max() ?? 0
    while step < 40 {
      step += 1
      try report(
        .metric(
          MetricPoint(name: "loss", split: "train", step: step, epoch: Double(step) / 10, value: 4 / Double(step)))
      )
      if step == 15 {
        switch behaviour {
        case "crash": abort()
        case "vanish": kill(getpid(), SIGKILL)
        case "throw": throw FixtureError(description: "the fixture was told to fail")
        case "diverge": return .diverged(step: step, message: "the loss is nan at step 15")
        case "wait": while !shouldStop() { usleep(1000) }
        case "hang": while true { usleep(1000) }
        default: break
        }
      }
      let isStopping = shouldStop()
      if step.isMultiple(of: 10) || isStopping {
        if step == 20, behaviour == "fill-disk" { try fillDisk(of: request) }
        try report(.checkpointBegins)
        let record = try checkpoint(step, in: request.checkpoints)
        if step == 20, behaviour == "vanish-in-checkpoint" { kill(getpid(), SIGKILL) }
        try report(.checkpoint(record))
      }
      if isStopping { return .interrupted(step: step) }
    }
    try Data("weights of \(request.spec.pruning.method.name), replicate \(request.replicate)".utf8)
      .write(to: request.weights)
    try report(.result(name: "top1", step: step, value: 0.5 + Double(request.replicate) / 100))
    return .finished(step: step, weightsDigest: "77aa")
  }

  /// Takes all the room there is, in a file at the top of the file system, as another program might.
  private static func fillDisk(of request: TrainingRequest) throws {
    let top = request.datasets.deletingLastPathComponent().deletingLastPathComponent()
    let ballast = open(top.appending(path: "ballast").path, O_WRONLY | O_CREAT, 0o644)
    let piece = [UInt8](repeating: 1, count: 4096)
    while write(ballast, piece, piece.count) > 0 {}
    close(ballast)
  }

  private static func checkpoint(_ step: Int, in folder: URL) throws -> CheckpointRecord {
    let name = "step-\(String(repeating: "0", count: 8 - "\(step)".count))\(step)"
    let url = folder.appending(path: name)
    try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
    do {
      try Data(repeating: 7, count: 8192).write(to: url.appending(path: "weights"))
    } catch {
      try? FileManager.default.removeItem(at: url)
      throw isDiskFull(error) ? TrainingError.diskFull(path: url.path) : error
    }
    return CheckpointRecord(step: step, directory: name, digest: "c\(step)")
  }

  private static func behaviour(of request: TrainingRequest) throws -> String {
    let url = request.datasets.appending(path: "behaviour.txt")
    guard FileManager.default.fileExists(atPath: url.path) else { return "" }
    let lines = try String(contentsOf: url, encoding: .utf8).split(separator: "\n").map { $0.split(separator: " ") }
    return lines.first { $0.first ?? "" == request.spec.pruning.method.name }.map { String($0.last ?? "") } ?? ""
  }
}

struct FixtureError: Error, CustomStringConvertible {
  var description: String
}
