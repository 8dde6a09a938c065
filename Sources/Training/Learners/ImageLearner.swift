import Autodiff
import Datasets
import Foundation
import Kernels
import Networks
import Pruning

/// Classification of images.
final class ImageLearner: Learner {
  let images: Network
  let test: ImageSubset
  let loader: ImageLoader
  let costs: [LayerCost]
  private let labelSmoothing: Double
  private let architecture: ModelConfig.Architecture
  private var batches: PrefetchingLoader?
  private var latest: ImageBatch?

  /// Images a forward pass in evaluation.
  private static let evaluationBatchSize = 250

  init(_ model: ModelConfig, _ job: TrainingJob, training: ImageSubset, test: ImageSubset) throws {
    let image = training.dataset.shape
    guard image.channels == model.inputChannels, training.dataset.classes.count == model.classes else {
      throw TrainingError.inputMismatch(
        dataset: job.data.dataset, channels: image.channels, classes: training.dataset.classes.count,
        modelChannels: model.inputChannels, modelClasses: model.classes)
    }
    self.test = test
    loader = try ImageLoader(
      training: training, batchSize: job.training.batchSize, augmentation: job.data.augmentation, seed: job.seed)
    images = Network(model, seed: job.seed)
    costs = images.costs(imageHeight: image.height, imageWidth: image.width)
    labelSmoothing = job.training.labelSmoothing
    architecture = model.architecture
  }

  var network: any PrunableNetwork { images }
  var stepsPerEpoch: Int { loader.batchesPerEpoch }
  var exportMetadata: [String: String] { ["architecture": architecture.rawValue] }
  var probe: any NetworkProbe { ImageProbe(network: images, loader: loader) }

  func begin(at step: Int) {
    batches = PrefetchingLoader(loader, epoch: step / stepsPerEpoch, index: step % stepsPerEpoch)
  }

  func end() {
    batches?.stop()
    batches = nil
  }

  func learn(step: Int) -> BatchScore {
    guard let batches else { preconditionFailure("ImageLearner.learn: not begun") }
    if let latest = latest.take() { batches.recycle(latest) }
    let waited = batches.waitedSeconds
    let batch = batches.next()
    let tape = Tape()
    let logits = images(Variable(Tensor(batch.pixels, shape: batch.tensorShape)), Pass(.training, tape: tape))
    let (loss, gradient) = SoftmaxCrossEntropy.lossAndGradient(
      logits.value, labels: batch.labels, labelSmoothing: labelSmoothing)
    let correct = correctCount(logits.value, labels: batch.labels)
    tape.backward(from: logits, upstream: gradient)
    latest = batch
    return BatchScore(
      loss: loss, correct: correct, examples: batch.count, waited: batches.waitedSeconds - waited)
  }

  func firstNonFiniteLayer(step: Int) -> String? {
    guard let latest else { return nil }
    let witness = FiniteWitness()
    _ = images(Variable(Tensor(latest.pixels, shape: latest.tensorShape)), Pass(.training, witness: witness))
    return witness.culprit
  }

  func evaluate() -> Score {
    let loader = ImageLoader(evaluating: test, batchSize: Self.evaluationBatchSize)
    var lossSum = 0.0
    var correct = 0
    for index in 0..<loader.batchesPerEpoch {
      let batch = loader.batch(epoch: 0, index: index)
      let logits = images(Variable(Tensor(batch.pixels, shape: batch.tensorShape)), Pass(.evaluation)).value
      let (loss, _) = SoftmaxCrossEntropy.lossAndGradient(logits, labels: batch.labels, labelSmoothing: 0)
      lossSum += loss * Double(batch.count)
      correct += correctCount(logits, labels: batch.labels)
    }
    return Score(
      loss: lossSum / Double(test.count),
      measures: [Score.Measure(name: "top1", value: Double(correct) / Double(test.count))])
  }

  func shrunk(keeping kept: [String: [Int]]) throws -> ShrunkNetwork {
    let shrunk = images.shrunk(keeping: kept)
    let image = test.dataset.shape
    let batch = ImageLoader(evaluating: test, batchSize: min(64, test.count)).batch(epoch: 0, index: 0)
    let pixels = Variable(Tensor(batch.pixels, shape: batch.tensorShape))
    return ShrunkNetwork(
      macs: shrunk.costs(imageHeight: image.height, imageWidth: image.width).macs, parameters: shrunk.parameterCount,
      storedBytes: try StoredBytes.compact(shrunk.state), masked: images(pixels, Pass(.evaluation)).value,
      shrunk: shrunk(pixels, Pass(.evaluation)).value)
  }
}

extension ImageBatch {
  var tensorShape: Shape { [count, shape.channels, shape.height, shape.width] }
}

/// Rows whose largest score is at the label; of equal scores the first counts.
///
/// - Shapes: `logits` [N, classes]; N labels.
func correctCount(_ logits: Tensor, labels: [Int]) -> Int {
  zip(predictedClasses(logits), labels).count { $0 == $1 }
}

/// The position of each row's largest score; of equal scores the first.
///
/// - Shapes: `logits` [N, classes]; result N.
func predictedClasses(_ logits: Tensor) -> [Int] {
  let classes = logits.shape[1]
  return logits.withElements { scores in
    (0..<logits.shape[0]).map { row in
      let start = row * classes
      var best = start
      for index in start..<(start + classes) where scores[index] > scores[best] { best = index }
      return best - start
    }
  }
}
