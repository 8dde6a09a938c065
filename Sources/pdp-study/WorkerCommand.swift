import ArgumentParser
import Execution
import Foundation
import Kernels
import Planning
import Training

/// Carries out one run; started by `run`, never by hand.
struct WorkerCommand: ParsableCommand {
  static let configuration = CommandConfiguration(commandName: "worker", shouldDisplay: false)

  @Argument var order: String

  func run() throws {
    let order = try WorkerOrder(text: order)
    StopSignals.watch()
    ThreadPool.setSize(order.threads)
    let worker = Worker(order, libraries: Libraries.versions, writesLog: true) { StopSignals.count > 0 }
    throw ExitCode(try worker.work(Self.train).rawValue)
  }

  private static func train(
    _ request: TrainingRequest, _ report: (TrainingFact) throws -> Void, _ shouldStop: () -> Bool
  ) throws -> TrainingOutcome {
    var job = TrainingJob(
      model: request.spec.model, data: request.spec.data, training: request.spec.training,
      pruning: request.spec.pruning, seed: request.seed, replicate: request.replicate, datasets: request.datasets,
      checkpoints: request.checkpoints, exportTo: request.weights,
      initialWeights: request.initialWeights, budgetSource: request.budgetSource, teacher: request.teacher
    )
    job.checkpointInterval = request.checkpointInterval
    return try job.run(report: report, shouldStop: shouldStop)
  }
}
