import Autodiff
import Foundation
import Kernels
import Networks
import Pruning

/// The training of one network: everything that changes from step to step.
final class Trainer {
  let job: TrainingJob
  let learner: any Learner
  let network: any PrunableNetwork
  let optimizer: any Optimizer
  /// Of the numbers that a pruning method learns besides weights; nil where there are none.
  let auxiliaryOptimizer: (any Optimizer)?
  /// The average that is evaluated and exported in the weights' place, if one is taken.
  let average: WeightAverage?
  let session: PruningSession
  let layers: [LayerDescription]
  let checkpoints: CheckpointFolder
  let cycles: TrainingCycles
  /// The network at the step that rounds of pruning return to; nil before it, and for methods without rounds.
  var rewindPoint: [String: Tensor]?

  /// Steps done.
  var step = 0
  /// What the current epoch has seen so far.
  var epoch = EpochTotals()
  /// When the newest checkpoint was written, or the attempt began.
  var lastCheckpoint = ContinuousClock.now
  /// Seconds in steps, and waiting for batches, over all attempts.
  var seconds = RunSeconds()

  var stepsPerEpoch: Int { learner.stepsPerEpoch }
  /// Cost of every layer for one example.
  var costs: [LayerCost] { learner.costs }
  var totalSteps: Int { cycles.totalSteps }
  var epochsDone: Double { Double(step) / Double(stepsPerEpoch) }

  init(_ job: TrainingJob, _ learner: any Learner) throws {
    self.job = job
    self.learner = learner
    let network = learner.network
    self.network = network
    if let start = job.initialWeights { try network.load(SafetensorsFile(readingFrom: start).tensors) }
    optimizer = try job.training.optimizer.optimizer(for: network.parameters, groups: job.training.parameterGroups)
    average = job.training.averaging.map { WeightAverage($0, of: network) }
    let costs = learner.costs
    layers = LayerDescription.descriptions(of: costs, eligibility: job.pruning.eligibility(of: network, costs: costs))
    cycles = TrainingCycles(job.pruning.method, epochs: job.training.epochs, stepsPerEpoch: learner.stepsPerEpoch)
    let targets = job.pruning.targets(in: network, costs: costs)
    session = try PruningSession(
      job.pruning, targets: targets, seed: job.seed, stepsPerEpoch: learner.stepsPerEpoch,
      totalSteps: cycles.totalSteps, transferred: try Self.transferredShares(job, targets))
    auxiliaryOptimizer = try session.auxiliaryOptimizer(job.training.optimizer)?.optimizer(
      for: session.auxiliaries, groups: nil)
    checkpoints = CheckpointFolder(job.checkpoints)
  }

  /// The loop: batch, forward, loss, backward, clip, update, prune, record.
  func run(report: (TrainingFact) throws -> Void, shouldStop: () -> Bool) throws -> TrainingOutcome {
    try report(.layers(layers))
    if cycles.rewindStep == 0 { rewindPoint = network.state }
    try resume(report)
    if step == 0 { for fact in learner.openingFacts { try report(fact) } }
    try learner.begin(at: step)
    defer { learner.end() }
    while step < totalSteps {
      if shouldStop() {
        try writeCheckpoint(report)
        return .interrupted(step: step)
      }
      let start = ContinuousClock.now
      if let update = try session.beforeForward(step: step, probe: learner.probe) {
        try self.report(update, to: report)
        try rewindIfDue()
      }
      if session.resetsMoments { try forgetMoments() }
      let batch = learner.learn(step: step)
      epoch.add(batch)
      session.afterBackward()
      guard batch.loss.isFinite else {
        let layer = learner.firstNonFiniteLayer(step: step)
        return .diverged(
          step: step,
          message: divergence("the loss became \(batch.loss)")
            + (layer.map { "; the first layer with a non-finite result is '\($0)'" } ?? ""))
      }
      let clipping = job.training.gradientNormLimit.map { (limit: $0, norm: network.gradientNorm) }
      if let norm = clipping?.norm, !norm.isFinite {
        return .diverged(step: step, message: divergence("the norm of the gradients became \(norm)"))
      }
      let rate = learningRate(at: step)
      if !session.skipsUpdate {
        optimizer.update(
          rate: rate, gradientFactor: clipping.map { GradientClipping.factor(norm: $0.norm, limit: $0.limit) } ?? 1)
      }
      if let optimizer = auxiliaryOptimizer,
        let rate = session.auxiliaryRate(weightRate: rate, peakRate: job.training.learningRate.peak)
      {
        optimizer.update(rate: rate)
      }
      session.afterUpdate { path, project in optimizer.withMoments(of: path, project) }
      average?.update()
      network.clearGradients()
      for (_, parameter) in session.auxiliaries { parameter.gradient = nil }
      step += 1
      if step == cycles.rewindStep { rewindPoint = network.state }
      let elapsed = (ContinuousClock.now - start) / .seconds(1)
      epoch.seconds += elapsed
      seconds.training += elapsed
      seconds.waiting += batch.waited
      if step % stepsPerEpoch == 0 {
        try closeEpoch(rate: rate, report)
      } else if (ContinuousClock.now - lastCheckpoint) / .seconds(1) >= job.checkpointInterval {
        try writeCheckpoint(report)
      }
    }
    return try finish(report)
  }

  private func closeEpoch(rate: Double, _ report: (TrainingFact) throws -> Void) throws {
    let done = step / stepsPerEpoch
    func metric(_ name: String, _ value: Double, split: String = "train") throws {
      try report(.metric(MetricPoint(name: name, split: split, step: step, epoch: epochsDone, value: value)))
    }
    try metric("loss", epoch.meanLoss)
    if let accuracy = epoch.accuracy { try metric("top1", accuracy) }
    try metric("learning-rate", rate)
    try metric("sparsity-scheduled", session.total == 0 ? 0 : Double(session.scheduled) / Double(session.total))
    try metric("examples-per-second", epoch.examplesPerSecond)
    epoch = EpochTotals()
    if done % job.training.evaluationInterval == 0 || step == totalSteps {
      let scores = evaluateUnderMasks()
      try metric("loss", scores.hard.loss, split: "test")
      for measure in scores.hard.measures { try metric(measure.name, measure.value, split: "test") }
      let soft = scores.asTrained.headline
      try metric("\(soft.name)-soft", soft.value, split: "test")
      try reportLayers(report)
    }
    try writeCheckpoint(report)
  }

  /// What became non-finite, when, and the first parameter that it is found in.
  private func divergence(_ what: String) -> String {
    let culprit = network.parameters.first {
      !Elementwise.isFinite($0.parameter.value) || $0.parameter.gradient.map { !Elementwise.isFinite($0) } ?? false
    }
    return "\(what) at step \(step)"
      + (culprit.map { "; the first parameter with a non-finite value or gradient is '\($0.path)'" } ?? "")
  }
}
