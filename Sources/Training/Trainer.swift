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
  let optimizer: any Optimizer
  /// Of the numbers that a pruning method learns besides weights; nil where there are none.
  let auxiliaryOptimizer: (any Optimizer)?
  /// The average that is evaluated and exported in the weights' place, if one is taken.
  let average: WeightAverage?
  let session: PruningSession
  let test: ImageSubset
  /// Cost of every layer for one image.
  let costs: [LayerCost]
  let layers: [LayerDescription]
  let loader: ImageLoader
  let checkpoints: CheckpointFolder
  let cycles: TrainingCycles
  /// The network at the step that rounds of pruning return to; nil before it, and for methods without rounds.
  var rewindPoint: [String: Tensor]?

  /// Steps done.
  var step = 0
  /// What the current epoch has seen so far.
  var epoch = EpochTotals()
  /// Seconds in steps, and waiting for batches, over all attempts.
  var seconds = RunSeconds()

  var stepsPerEpoch: Int { loader.batchesPerEpoch }
  var totalSteps: Int { cycles.totalSteps }
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
    if let start = job.initialWeights { try network.load(SafetensorsFile(readingFrom: start).tensors) }
    optimizer = try job.training.optimizer.optimizer(for: network.parameters, groups: job.training.parameterGroups)
    average = job.training.averaging.map { [network] in WeightAverage($0, of: network) }
    costs = network.costs(imageHeight: image.height, imageWidth: image.width)
    layers = LayerDescription.descriptions(of: costs, eligibility: job.pruning.eligibility(of: network, costs: costs))
    cycles = TrainingCycles(job.pruning.method, epochs: job.training.epochs, stepsPerEpoch: loader.batchesPerEpoch)
    let targets = job.pruning.targets(in: network, costs: costs)
    session = try PruningSession(
      job.pruning, targets: targets, seed: job.seed, stepsPerEpoch: loader.batchesPerEpoch,
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
    let batches = PrefetchingLoader(loader, epoch: step / stepsPerEpoch, index: step % stepsPerEpoch)
    defer { batches.stop() }
    while step < totalSteps {
      if shouldStop() {
        try writeCheckpoint(report)
        return .interrupted(step: step)
      }
      let start = ContinuousClock.now
      let waited = batches.waitedSeconds
      if let update = try session.beforeForward(step: step, probe: probe) {
        try self.report(update, to: report)
        try rewindIfDue()
      }
      if session.resetsMoments { try forgetMoments() }
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
