import Autodiff
import Kernels
import Networks
import Pruning

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

  static let miniLM = BertConfig(
    vocabularySize: 30_522, hiddenSize: 384, layers: 6, heads: 12, intermediateSize: 1536, positions: 512,
    tokenTypes: 2, epsilon: 1e-12, dropout: 0.1)

  init(batch: Int, length: Int, _ mode: BenchmarkMode) throws {
    let config = Self.miniLM
    network = BertClassifier(config, outputs: 2, seed: Seed(1))
    let adam = OptimizerConfig.adamW(
      AdamConfig(beta1: 0.9, beta2: 0.999, epsilon: 1e-8, weightDecay: 0.01, decayScope: .allParameters))
    let optimizer = try adam.optimizer(for: network.parameters, groups: nil)
    self.optimizer = optimizer
    let targets = network.encoderWeights.map {
      WeightTarget(PrunableWeight(path: $0.path, parameter: $0.parameter), .unstructured)
    }
    pruning =
      mode == .pdp
      ? try BenchmarkPruning(BenchmarkPruning.pdp, targets: targets, optimizer: optimizer, as: adam) : nil
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
    try pruning?.beforeForward(step: steps, probe: nil)
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
