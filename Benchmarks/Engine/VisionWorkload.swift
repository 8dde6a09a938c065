import Autodiff
import Kernels
import Networks
import Pruning

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

  /// Without `pruning`, the mode decides whether PDP prunes.
  init(
    _ config: ModelConfig, batch: Int, extent: Int, _ mode: BenchmarkMode, pruning: PruningConfig? = nil,
    firstStep: Int = 0
  ) throws {
    let network = Network(config, seed: Seed(1))
    self.network = network
    let sgd = OptimizerConfig.sgd(
      SGDConfig(momentum: 0.9, nesterov: true, weightDecay: 5e-4, decayScope: .allParameters))
    let optimizer = try sgd.optimizer(for: network.parameters, groups: nil)
    self.optimizer = optimizer
    let costs = network.costs(imageHeight: extent, imageWidth: extent)
    self.pruning = try (pruning ?? (mode == .pdp ? BenchmarkPruning.pdp : nil)).map {
      try BenchmarkPruning(
        $0, targets: $0.targets(in: network, costs: costs), optimizer: optimizer, as: sgd, firstStep: firstStep)
    }
    self.mode = mode
    let shape: Shape = [batch, config.inputChannels, extent, extent]
    let stream = Seed(2).stream("images")
    images = Tensor((0..<shape.count).map { Float(stream.uniform(at: $0)) }, shape: shape)
    labels = (0..<batch).map { $0 % config.classes }
    multiplications = batch * costs.reduce(0) { $0 + $1.macs }
  }

  func step() throws -> Double? {
    guard mode != .inference else {
      _ = network(Variable(images), Pass(.evaluation))
      return nil
    }
    try pruning?.beforeForward(step: steps, probe: BenchmarkProbe(network: network))
    let tape = Tape()
    let logits = network(Variable(images), Pass(.training, tape: tape))
    let (loss, gradient) = SoftmaxCrossEntropy.lossAndGradient(logits.value, labels: labels, labelSmoothing: 0)
    tape.backward(from: logits, upstream: gradient)
    pruning?.afterBackward()
    if pruning?.skipsUpdate != true { optimizer.update(rate: 1e-3) }
    pruning?.afterUpdate(rate: 1e-3)
    network.clearGradients()
    steps += 1
    return loss
  }
}
