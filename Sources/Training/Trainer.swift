import Autodiff
import Datasets
import Foundation
import Kernels
import Networks
import Pruning

/// The training of one network: everything that changes from step to step.
final class Trainer {
  let job: TrainingJob
  let network: Network
  private let optimizer: any Optimizer
  /// The average that is evaluated and exported in the weights' place, if one is taken.
  let average: WeightAverage?
  let session: PruningSession
  let test: ImageSubset
  /// Cost of every layer for one image.
  let costs: [LayerCost]
  let layers: [LayerDescription]
  private let loader: ImageLoader
  private let checkpoints: CheckpointFolder

  /// Steps done.
  private(set) var step = 0
  /// What the current epoch has seen so far.
  private var epoch = EpochTotals()
  /// Seconds in steps, and waiting for batches, over all attempts.
  private(set) var seconds = RunSeconds()

  var stepsPerEpoch: Int { loader.batchesPerEpoch }
  var totalSteps: Int { job.training.epochs * stepsPerEpoch }
  var epochsDone: Double { Double(step) / Double(stepsPerEpoch) }

  init(_ job: TrainingJob, training: ImageSubset, test: ImageSubset) throws {
    let image = training.dataset.shape
    guard image.channels == job.model.inputChannels, training.dataset.classes.count == job.model.classes else {
      throw TrainingError.inputMismatch(
        dataset: job.data.dataset, channels: image.channels, classes: training.dataset.classes.count,
        modelChannels: job.model.inputChannels, modelClasses: job.model.classes)
    }
    self.job = job
    self.test = test
    loader = try ImageLoader(
      training: training, batchSize: job.training.batchSize, augmentation: job.data.augmentation, seed: job.seed)
    network = Network(job.model, seed: job.seed)
    optimizer = try job.training.optimizer.optimizer(for: network.parameters, groups: job.training.parameterGroups)
    average = job.training.averaging.map { [network] in WeightAverage($0, of: network) }
    costs = network.costs(imageHeight: image.height, imageWidth: image.width)
    layers = LayerDescription.descriptions(of: costs)
    let prunable = network.parameters.filter { $0.parameter.role == .weight }
    session = try PruningSession(
      job.pruning, weights: prunable.map { PrunableWeight(path: $0.path, parameter: $0.parameter) }, seed: job.seed,
      stepsPerEpoch: loader.batchesPerEpoch, totalSteps: job.training.epochs * loader.batchesPerEpoch)
    checkpoints = CheckpointFolder(job.checkpoints)
  }

  /// The loop: batch, forward, loss, backward, clip, update, prune, record.
  func run(report: (TrainingFact) throws -> Void, shouldStop: () -> Bool) throws -> TrainingOutcome {
    try report(.layers(layers))
    try resume(report)
    let batches = PrefetchingLoader(loader, epoch: step / stepsPerEpoch, index: step % stepsPerEpoch)
    defer { batches.stop() }
    while step < totalSteps {
      if shouldStop() {
        try writeCheckpoint(report)
        return .interrupted(step: step)
      }
      let start = ContinuousClock.now
      let waited = batches.waitedSeconds
      if let update = try session.beforeForward(step: step) { try self.report(update, to: report) }
      let batch = batches.next()
      let loss = trainOne(batch)
      guard loss.isFinite else {
        let layer = firstNonFiniteLayer(batch).map { "; the first layer with a non-finite result is '\($0)'" } ?? ""
        return .diverged(step: step, message: divergence("the loss became \(loss)") + layer)
      }
      batches.recycle(batch)
      let clipping = job.training.gradientNormLimit.map { (limit: $0, norm: network.gradientNorm) }
      if let norm = clipping?.norm, !norm.isFinite {
        return .diverged(step: step, message: divergence("the norm of the gradients became \(norm)"))
      }
      let rate = job.training.learningRate.rate(at: step, of: totalSteps, stepsPerEpoch: stepsPerEpoch)
      optimizer.update(
        rate: rate, gradientFactor: clipping.map { GradientClipping.factor(norm: $0.norm, limit: $0.limit) } ?? 1)
      session.afterUpdate { path, project in optimizer.withMoments(of: path, project) }
      average?.update()
      network.clearGradients()
      step += 1
      let elapsed = (ContinuousClock.now - start) / .seconds(1)
      epoch.seconds += elapsed
      seconds.training += elapsed
      seconds.waiting += batches.waitedSeconds - waited
      if step % stepsPerEpoch == 0 { try closeEpoch(rate: rate, report) }
    }
    return try finish(report)
  }

  /// Forward and backward pass of one batch; gradients are left with the parameters.
  ///
  /// - Returns: the batch's mean loss.
  private func trainOne(_ batch: ImageBatch) -> Double {
    let tape = Tape()
    let images = Tensor(batch.pixels, shape: batch.tensorShape)
    let logits = network(Variable(images), Pass(.training, tape: tape))
    let (loss, gradient) = SoftmaxCrossEntropy.lossAndGradient(
      logits.value, labels: batch.labels, labelSmoothing: job.training.labelSmoothing)
    epoch.add(loss: loss, correct: correctCount(logits.value, labels: batch.labels), examples: batch.count)
    tape.backward(from: logits, upstream: gradient)
    session.afterBackward()
    return loss
  }

  private func closeEpoch(rate: Double, _ report: (TrainingFact) throws -> Void) throws {
    let done = step / stepsPerEpoch
    func metric(_ name: String, _ value: Double, split: String = "train") throws {
      try report(.metric(MetricPoint(name: name, split: split, step: step, epoch: epochsDone, value: value)))
    }
    try metric("loss", epoch.meanLoss)
    try metric("top1", epoch.accuracy)
    try metric("learning-rate", rate)
    try metric("sparsity-scheduled", session.total == 0 ? 0 : Double(session.scheduled) / Double(session.total))
    try metric("examples-per-second", epoch.examplesPerSecond)
    epoch = EpochTotals()
    if done % job.training.evaluationInterval == 0 || step == totalSteps {
      let scores = evaluateUnderMasks()
      try metric("loss", scores.hard.loss, split: "test")
      try metric("top1", scores.hard.accuracy, split: "test")
      try metric("top1-soft", scores.asTrained.accuracy, split: "test")
      try reportLayers(report)
    }
    try writeCheckpoint(report)
  }

  // MARK: Checkpoints

  private func resume(_ report: (TrainingFact) throws -> Void) throws {
    let (checkpoint, faults) = checkpoints.newest()
    for fault in faults { try report(.event(level: .warning, kind: "checkpoint-skipped", message: fault)) }
    guard let checkpoint else { return }
    try network.load(checkpoint.weights)
    try optimizer.restore(OptimizerState(moments: checkpoint.moments, updates: checkpoint.state.updates ?? [:]))
    try average?.restore(
      WeightAverage.State(values: checkpoint.average ?? [:], updates: checkpoint.state.averageUpdates ?? 0))
    try session.restore(checkpoint.state.pruning)
    step = checkpoint.state.step
    epoch = checkpoint.state.epoch
    seconds = checkpoint.state.seconds
    try report(.event(level: .info, kind: "resumed", message: "resumed at step \(step) of \(totalSteps)"))
  }

  private func writeCheckpoint(_ report: (TrainingFact) throws -> Void) throws {
    let (optimizer, average) = (optimizer.state, average?.state)
    let state = CheckpointState(
      step: step, pruning: session.state, epoch: epoch, seconds: seconds,
      updates: optimizer.updates.isEmpty ? nil : optimizer.updates, averageUpdates: average?.updates)
    let record = try checkpoints.write(
      Checkpoint(weights: network.state, moments: optimizer.moments, average: average?.values, state: state))
    try report(.checkpoint(record))
  }

  /// The layer where a batch's values stop being finite, by going through the network once more.
  private func firstNonFiniteLayer(_ batch: ImageBatch) -> String? {
    let witness = FiniteWitness()
    _ = network(Variable(Tensor(batch.pixels, shape: batch.tensorShape)), Pass(.training, witness: witness))
    return witness.culprit
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
