import Autodiff
import Foundation
import Kernels
import Networks

/// Times training steps of the bench networks on random images.
@main
struct EngineBenchmark {
  static func main() {
    let cases: [(name: String, config: ModelConfig)] = [
      ("MobileNet-v1 x0.25", .small(.mobileNetV1, width: 0.25)),
      ("MobileNet-v1 x1.0", .small(.mobileNetV1, width: 1)),
      ("ResNet18 base width 16", .small(.resNet18, width: 0.25)),
    ]
    for entry in cases {
      let step = TrainingStep(entry.config, batchSize: 128)
      step.run(times: 3)
      let times = (0..<10).map { _ in step.run(times: 1) }.sorted()
      print("\(entry.name): \(String(format: "%.1f", times[times.count / 2] * 1000)) ms a step")
    }
  }
}

extension ModelConfig {
  fileprivate static func small(_ architecture: Architecture, width: Double) -> ModelConfig {
    ModelConfig(architecture: architecture, width: width, stem: .small, inputChannels: 3, classes: 10)
  }
}

/// One network with fixed random images, stepped again and again.
private final class TrainingStep {
  private let network: Network
  private let optimizer: SGD
  private let images: Tensor
  private let labels: [Int]

  init(_ config: ModelConfig, batchSize: Int) {
    network = Network(config, seed: Seed(1))
    let sgd = SGDConfig(momentum: 0.9, nesterov: true, weightDecay: 5e-4, decayScope: .allParameters)
    optimizer = SGD(sgd, parameters: network.parameters)
    let shape: Shape = [batchSize, 3, 32, 32]
    let stream = Seed(2).stream("images")
    images = Tensor((0..<shape.count).map { Float(stream.uniform(at: $0)) }, shape: shape)
    labels = (0..<batchSize).map { $0 % 10 }
  }

  /// Seconds that `times` steps took together.
  @discardableResult
  func run(times: Int) -> Double {
    let clock = ContinuousClock()
    let elapsed = clock.measure {
      for _ in 0..<times {
        let tape = Tape()
        let logits = network(Variable(images), Pass(.training, tape: tape))
        let (_, gradient) = SoftmaxCrossEntropy.lossAndGradient(logits.value, labels: labels, labelSmoothing: 0)
        tape.backward(from: logits, upstream: gradient)
        optimizer.update(rate: 1e-3)
        network.clearGradients()
      }
    }
    return elapsed / .seconds(1)
  }
}
