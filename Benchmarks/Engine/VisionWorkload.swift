import Autodiff
import Kernels
import Networks

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
