import Autodiff
import Kernels
import Networks
import Pruning

/// One network with one batch, stepped again and again.
protocol Workload {
  /// Multiplications of a forward pass over the batch.
  var multiplications: Int { get }

  /// One training step, or one forward pass.
  ///
  /// - Returns: the loss before the update; nil for inference.
  func step() throws -> Double?
}

/// Pruning of every given weight to 86.6 % by PDP with the paper's temperature, at the end of its schedule.
struct BenchmarkPruning {
  private let session: PruningSession

  /// nil unless `mode` prunes.
  init?(_ weights: [(path: String, parameter: Parameter)], _ mode: BenchmarkMode) throws {
    guard mode == .pdp else { return nil }
    let config = PruningConfig(
      method: .pdp(temperature: .absolute(1e-4)), structure: .unstructured, sparsity: 0.866,
      budget: Budget(rule: .uniform, cap: 1), schedule: PruningSchedule(warmupEpochs: 0, rampEpochs: 1),
      eligibility: .allConvolutionAndLinearWeights)
    session = try PruningSession(
      config, weights: weights.map { PrunableWeight(path: $0.path, parameter: $0.parameter) }, seed: Seed(3),
      stepsPerEpoch: 1, totalSteps: 1 << 40)
  }

  func beforeForward(step: Int) throws { try session.beforeForward(step: step) }

  func afterBackward() { session.afterBackward() }
}

/// Classification of random images.
final class VisionWorkload: Workload {
  let multiplications: Int
  private let network: Network
  private let optimizer: any Optimizer
  private let pruning: BenchmarkPruning?
  private let mode: BenchmarkMode
  private let images: Tensor
  private let labels: [Int]
  private var steps = 0

  init(_ config: ModelConfig, batch: Int, extent: Int, _ mode: BenchmarkMode) throws {
    network = Network(config, seed: Seed(1))
    let sgd = SGDConfig(momentum: 0.9, nesterov: true, weightDecay: 5e-4, decayScope: .allParameters)
    optimizer = try OptimizerConfig.sgd(sgd).optimizer(for: network.parameters, groups: nil)
    pruning = try BenchmarkPruning(network.parameters.filter { $0.parameter.role == .weight }, mode)
    self.mode = mode
    let shape: Shape = [batch, config.inputChannels, extent, extent]
    let stream = Seed(2).stream("images")
    images = Tensor((0..<shape.count).map { Float(stream.uniform(at: $0)) }, shape: shape)
    labels = (0..<batch).map { $0 % config.classes }
    multiplications = batch * network.costs(imageHeight: extent, imageWidth: extent).reduce(0) { $0 + $1.macs }
  }

  func step() throws -> Double? {
    guard mode != .inference else {
      _ = network(Variable(images), Pass(.evaluation))
      return nil
    }
    try pruning?.beforeForward(step: steps)
    let tape = Tape()
    let logits = network(Variable(images), Pass(.training, tape: tape))
    let (loss, gradient) = SoftmaxCrossEntropy.lossAndGradient(logits.value, labels: labels, labelSmoothing: 0)
    tape.backward(from: logits, upstream: gradient)
    pruning?.afterBackward()
    optimizer.update(rate: 1e-3)
    network.clearGradients()
    steps += 1
    return loss
  }
}

/// Classification of random sequences by MiniLM: 6 layers, 384 wide, 12 heads.
final class LanguageWorkload: Workload {
  let multiplications: Int
  private let network: BertClassifier
  private let optimizer: any Optimizer
  private let pruning: BenchmarkPruning?
  private let mode: BenchmarkMode
  private let batch: TokenBatch
  private let labels: [Int]
  private var steps = 0

  init(batch: Int, length: Int, _ mode: BenchmarkMode) throws {
    let config = BertConfig(
      vocabularySize: 30_522, hiddenSize: 384, layers: 6, heads: 12, intermediateSize: 1536, positions: 512,
      tokenTypes: 2, epsilon: 1e-12, dropout: 0.1)
    network = BertClassifier(config, outputs: 2, seed: Seed(1))
    let adam = AdamConfig(
      beta1: 0.9, beta2: 0.999, epsilon: 1e-8, weightDecay: 0.01, decayScope: .allParameters)
    optimizer = try OptimizerConfig.adamW(adam).optimizer(for: network.parameters, groups: nil)
    pruning = try BenchmarkPruning(network.encoderWeights, mode)
    self.mode = mode
    let stream = Seed(2).stream("tokens")
    let count = batch * length
    self.batch = TokenBatch(
      batch: batch, length: length,
      tokens: (0..<count).map { stream.integer(below: config.vocabularySize, at: $0) },
      types: [Int](repeating: 0, count: count), isToken: [Bool](repeating: true, count: count))
    labels = (0..<batch).map { $0 % 2 }
    multiplications = batch * network.costs(length: length).reduce(0) { $0 + $1.macs }
  }

  func step() throws -> Double? {
    guard mode != .inference else {
      _ = network(batch, Pass(.evaluation))
      return nil
    }
    try pruning?.beforeForward(step: steps)
    let tape = Tape()
    let logits = network(batch, Pass(.training, tape: tape, seed: Seed(4).derived("step/\(steps)")))
    let (loss, gradient) = SoftmaxCrossEntropy.lossAndGradient(logits.value, labels: labels, labelSmoothing: 0)
    tape.backward(from: logits, upstream: gradient)
    pruning?.afterBackward()
    optimizer.update(rate: 5e-5)
    network.clearGradients()
    steps += 1
    return loss
  }
}
