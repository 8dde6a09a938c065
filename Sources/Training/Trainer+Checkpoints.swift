import Autodiff
import Foundation
import Kernels
import Networks
import Pruning

extension Trainer {
  func resume(_ report: (TrainingFact) throws -> Void) throws {
    let (checkpoint, faults) = checkpoints.newest()
    for fault in faults { try report(.event(level: .warning, kind: "checkpoint-skipped", message: fault)) }
    guard let checkpoint else { return }
    try network.load(checkpoint.weights)
    try optimizer.restore(OptimizerState(moments: checkpoint.moments, updates: checkpoint.state.updates ?? [:]))
    try average?.restore(
      WeightAverage.State(values: checkpoint.average ?? [:], updates: checkpoint.state.averageUpdates ?? 0))
    try session.restore(checkpoint.state.pruning)
    try session.restore(auxiliaries: checkpoint.learned ?? [:])
    try auxiliaryOptimizer?.restore(
      OptimizerState(
        moments: checkpoint.learnedMoments ?? [:], updates: checkpoint.state.learnedUpdates ?? [:]))
    rewindPoint = checkpoint.rewindPoint
    step = checkpoint.state.step
    epoch = checkpoint.state.epoch
    seconds = checkpoint.state.seconds
    try report(.event(level: .info, kind: "resumed", message: "resumed at step \(step) of \(totalSteps)"))
  }

  func writeCheckpoint(_ report: (TrainingFact) throws -> Void) throws {
    try report(.checkpointBegins)
    let (optimizer, average, learned) = (optimizer.state, average?.state, auxiliaryOptimizer?.state)
    let state = CheckpointState(
      step: step, pruning: session.state, epoch: epoch, seconds: seconds,
      updates: optimizer.updates.isEmpty ? nil : optimizer.updates, averageUpdates: average?.updates,
      learnedUpdates: learned.flatMap { $0.updates.isEmpty ? nil : $0.updates })
    let auxiliaries = session.auxiliaries
    let record = try checkpoints.write(
      Checkpoint(
        weights: network.state, moments: optimizer.moments, average: average?.values,
        learned: auxiliaries.isEmpty
          ? nil
          : Dictionary(auxiliaries.map { ($0.path, $0.parameter.value) }, uniquingKeysWith: { first, _ in first }),
        learnedMoments: learned?.moments, rewindPoint: rewindPoint, state: state))
    lastCheckpoint = .now
    try report(.checkpoint(record))
  }
}
