import Autodiff
import Kernels
import Networks
import Pruning

/// Fine-tuning of MiniLM on sequences without padding: mean pooling, PDP on the encoder's matrices, distillation, clipped
/// gradients.
final class TuningWorkload: Workload {
  let multiplications: Int
  private let network: BertClassifier
  private let teacher: BertClassifier
  private let optimizer: any Optimizer
  private let pruning: BenchmarkPruning
  private let batches: [TokenBatch]
  private let labels: [Int]
  /// The teacher's scores of every batch; nil where it is run at every step.
  private let stored: [Tensor]?
  private var steps = 0

  private static let rate = 1e-4
  private static let clipping = 1.0
  private static let batchCount = 4

  init(batch: Int, length: Int, storesTeacher: Bool) throws {
    let config = BertModelConfig(encoder: LanguageWorkload.miniLM, outputs: 2, pooling: .mean)
    network = BertClassifier(config, seed: Seed(1))
    teacher = BertClassifier(config, seed: Seed(5))
    let adam = OptimizerConfig.adamW(
      AdamConfig(beta1: 0.9, beta2: 0.999, epsilon: 1e-8, weightDecay: 0.01, decayScope: .allParameters))
    let optimizer = try adam.optimizer(for: network.parameters, groups: nil)
    self.optimizer = optimizer
    let costs = network.costs(length: length)
    pruning = try BenchmarkPruning(
      BenchmarkPruning.pdp, targets: BenchmarkPruning.pdp.targets(in: network, costs: costs), optimizer: optimizer,
      as: adam)
    let count = batch * length
    // The same numbers as in `pytorch_step.py`.
    batches = (0..<Self.batchCount).map { index in
      TokenBatch(
        batch: batch, length: length,
        tokens: (0..<count).map { 1 + ((index * count + $0) * 7919) % (config.encoder.vocabularySize - 1) },
        types: [Int](repeating: 0, count: count), isToken: [Bool](repeating: true, count: count))
    }
    labels = (0..<batch).map { $0 % 2 }
    let teacher = teacher
    stored = storesTeacher ? batches.map { teacher($0, Pass(.evaluation)).value } : nil
    multiplications = batch * costs.reduce(0) { $0 + $1.macs }
  }

  func step() throws -> Double? {
    let index = steps % batches.count
    let wanted = stored?[index] ?? teacher(batches[index], Pass(.evaluation)).value
    try pruning.beforeForward(step: steps, probe: nil)
    let tape = Tape()
    let logits = network(batches[index], Pass(.training, tape: tape, seed: Seed(4).derived("step/\(steps)")))
    let (loss, gradient) = Distillation.lossAndGradient(
      logits.value, teacher: wanted, labels: labels, taskWeight: 0.05, distillationWeight: 0.95, temperature: 2)
    tape.backward(from: logits, upstream: gradient)
    pruning.afterBackward()
    optimizer.update(
      rate: Self.rate,
      gradientFactor: GradientClipping.factor(norm: network.gradientNorm, limit: Self.clipping))
    pruning.afterUpdate(rate: Self.rate)
    network.clearGradients()
    steps += 1
    return loss
  }
}
