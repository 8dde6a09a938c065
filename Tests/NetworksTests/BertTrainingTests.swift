import Autodiff
import Kernels
import Networks
import Testing

/// Small encoders that learn.
@Suite struct BertTrainingTests {
  private static let labels = [0, 1, 2, 1, 0, 2, 0, 1]
  private static let batch = BertTests.batch([6, 5, 4, 3, 6, 5, 4, 3], length: 6)

  private static func config(dropout: Double = 0) -> BertConfig {
    BertConfig(
      vocabularySize: 11, hiddenSize: 16, layers: 2, heads: 2, intermediateSize: 32, positions: 8, tokenTypes: 2,
      epsilon: 1e-12, dropout: dropout)
  }

  /// Loss of each of `steps` updates by AdamW, before it.
  private static func train(_ network: BertClassifier, steps: Int) throws -> [Double] {
    let config = OptimizerConfig.adamW(
      AdamConfig(beta1: 0.9, beta2: 0.999, epsilon: 1e-8, weightDecay: 0.01, decayScope: .weightsOnly))
    let optimizer = try config.optimizer(for: network.parameters, groups: nil)
    return (0..<steps).map { step in
      let tape = Tape()
      let scores = network(batch, Pass(.training, tape: tape, seed: Seed(9).derived("step/\(step)")))
      let (loss, gradient) = SoftmaxCrossEntropy.lossAndGradient(scores.value, labels: labels, labelSmoothing: 0)
      tape.backward(from: scores, upstream: gradient)
      optimizer.update(rate: 1e-2)
      network.clearGradients()
      return loss
    }
  }

  @Test func eightSequencesAreLearntByHeart() throws {
    let network = BertClassifier(Self.config(), outputs: 3, seed: Seed(1))
    let losses = try Self.train(network, steps: 300)
    let last = try #require(losses.last)
    #expect(losses[0] > 1)
    #expect(last < 1e-3)
    let scores = network(Self.batch, Pass(.evaluation)).value.elements
    for (row, label) in Self.labels.enumerated() {
      let values = Array(scores[row * 3..<row * 3 + 3])
      #expect(values.firstIndex(of: values.max() ?? 0) == label, "sequence \(row)")
    }
  }

  @Test func aRunTwiceIsTheSameBits() throws {
    let runs = try (0..<2).map { _ in
      let network = BertClassifier(Self.config(dropout: 0.1), outputs: 3, seed: Seed(1))
      let losses = try Self.train(network, steps: 3)
      return (losses, network.state.mapValues(\.elements))
    }
    #expect(runs[0].0 == runs[1].0)
    #expect(runs[0].1 == runs[1].1)
    #expect(runs[0].1 != BertClassifier(Self.config(), outputs: 3, seed: Seed(1)).state.mapValues(\.elements))
  }

  @Test func everyParameterLearns() throws {
    let network = BertTests.lively(Self.config())
    let tape = Tape()
    let scores = network(Self.batch, Pass(.training, tape: tape))
    #expect(scores.shape == [8, 3])
    tape.backward(from: scores, upstream: Tensor((0..<24).map { Float($0 * 7 % 5) - 2 }, shape: [8, 3]))
    for (path, parameter) in network.parameters {
      let gradient = try #require(parameter.gradient, "\(path)")
      #expect(gradient.shape == parameter.shape, "\(path)")
      #expect(Elementwise.isFinite(gradient), "\(path)")
      let largest = gradient.elements.map { abs($0) }.max() ?? 0
      // What is added to all keys alike is taken out again by the softmax.
      if path.hasSuffix("key.bias") { #expect(largest < 1e-4, "\(path)") } else { #expect(largest > 1e-3, "\(path)") }
    }
    // Tokens and positions that do not occur get no gradient, however many others do.
    let positions = try #require(
      network.parameters.first { $0.path.hasSuffix("position_embeddings.weight") }?.parameter.gradient)
    #expect(positions.elements[(6 * 16)...].allSatisfy { $0 == 0 })
    network.clearGradients()
    #expect(network.parameters.allSatisfy { $0.parameter.gradient == nil })
  }

  /// Regression has one output, trained by the squared error.
  @Test func oneOutputLearnsNumbers() throws {
    let network = BertClassifier(Self.config(), outputs: 1, seed: Seed(2))
    let target = Tensor([0, 1, 2, 3, 0.5, 1.5, 2.5, -1], shape: [8, 1])
    let optimizer = try OptimizerConfig.adamW(
      AdamConfig(beta1: 0.9, beta2: 0.999, epsilon: 1e-8, weightDecay: 0, decayScope: .weightsOnly)
    ).optimizer(for: network.parameters, groups: nil)
    var losses: [Double] = []
    for _ in 0..<300 {
      let tape = Tape()
      let scores = network(Self.batch, Pass(.training, tape: tape))
      let (loss, gradient) = MeanSquaredError.lossAndGradient(scores.value, target: target)
      losses.append(loss)
      tape.backward(from: scores, upstream: gradient)
      optimizer.update(rate: 3e-3)
      network.clearGradients()
    }
    let last = try #require(losses.last)
    #expect(losses[0] > 1)
    #expect(last < 1e-4)
  }
}
