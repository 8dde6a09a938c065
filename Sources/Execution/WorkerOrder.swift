import Foundation
import RunStore
import Training

/// What a worker process is told to do; one argument on its command line, as JSON.
package struct WorkerOrder: Codable, Equatable, Sendable {
  /// Frozen plan.
  package var plan: URL
  package var run: String
  /// The folder `results`.
  package var results: URL
  /// The folder `datasets`.
  package var datasets: URL
  package var threads: Int
  package var code: CodeState
  /// Whether earlier checkpoints are thrown away first.
  package var startsOver: Bool
  /// Seconds after which a checkpoint is due inside an epoch.
  package var checkpointInterval: Double
  /// The process that follows the work, without which it stops; nil for whichever started the worker.
  package var parent: Int32?

  package init(
    plan: URL, run: String, results: URL, datasets: URL, threads: Int, code: CodeState, startsOver: Bool,
    checkpointInterval: Double = TrainingJob.defaultCheckpointInterval
  ) {
    self.plan = plan
    self.run = run
    self.results = results
    self.datasets = datasets
    self.threads = threads
    self.code = code
    self.startsOver = startsOver
    self.checkpointInterval = checkpointInterval
  }

  /// Reads an order.
  ///
  /// - Throws: `ExecutionError.orderUnreadable`.
  package init(text: String) throws(ExecutionError) {
    do {
      self = try JSONDecoder().decode(WorkerOrder.self, from: Data(text.utf8))
    } catch {
      throw .orderUnreadable(text: text)
    }
  }

  package var text: String {
    get throws { String(decoding: try JSONEncoder().encode(self), as: UTF8.self) }
  }
}
