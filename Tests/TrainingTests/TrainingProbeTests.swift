import Autodiff
import Datasets
import Foundation
import Kernels
import Networks
import Pruning
import Testing

@testable import Training

@Suite struct TrainingProbeTests {
  private func trainer(
    _ place: TinyWorkplace, _ architecture: ModelConfig.Architecture = .resNet18, stem: ModelConfig.Stem = .small
  ) throws -> Trainer {
    var job = try place.job()
    job.images.architecture = architecture
    job.images.stem = stem
    let split = try place.split(for: job)
    return try Trainer(job, ImageLearner(job.images, job, training: split.training, test: split.test))
  }

  /// The first examples of the first epoch, one at a time.
  private func examples(_ trainer: Trainer, _ count: Int) -> [(images: Tensor, label: Int)] {
    (0..<count).map { index in
      let batch = trainer.images.loader.batch(epoch: 0, index: index / 8)
      let place = index % 8
      return (
        Tensor(Array(batch.pixels[place * 64..<(place + 1) * 64]), shape: [1, 1, 8, 8]), batch.labels[place]
      )
    }
  }

  private func softmax(_ scores: [Float], _ temperature: Double) -> [Double] {
    let powers = scores.map { exp(Double($0) / temperature) }
    return powers.map { $0 / powers.reduce(0, +) }
  }

  /// The bias of the last layer has the mean of `softmax - target` as its gradient; other weights are checked by the
  /// mean over single examples, which in evaluation do not depend on one another.
  @Test(arguments: [(1.0, Int?.none), (200, nil), (200, 0), (200, 1)])
  func gradientsAreThoseOfTheMeanLoss(temperature: Double, half: Int?) throws {
    let place = try TinyWorkplace()
    let trainer = try trainer(place)
    let all = examples(trainer, 12)
    // Of batches of 8 and 4 the first or the last half.
    let used = half.map { half in [0..<4, 8..<10].flatMap { $0.map { half == 0 ? $0 : $0 + ($0 < 8 ? 4 : 2) } } }
    let chosen = (used ?? Array(0..<12)).map { all[$0] }
    let gradients = try trainer.learner.probe.gradients(
      ProbeSettings(examples: 12, mode: .evaluation, logitTemperature: temperature, half: half))
    var bias = [0.0, 0.0]
    var sums: [String: [Double]] = [:]
    for (images, label) in chosen {
      let tape = Tape()
      let logits = trainer.images.images(Variable(images), Pass(.evaluation, tape: tape))
      let shares = softmax(logits.value.elements, temperature)
      let upstream = (0..<2).map { (shares[$0] - ($0 == label ? 1 : 0)) / temperature / Double(chosen.count) }
      for index in 0..<2 { bias[index] += upstream[index] }
      tape.backward(from: logits, upstream: Tensor(upstream.map { Float($0) }, shape: [1, 2]))
      for (path, parameter) in trainer.network.parameters {
        guard let gradient = parameter.gradient?.elements else { continue }
        let sum = sums[path] ?? [Double](repeating: 0, count: gradient.count)
        sums[path] = zip(sum, gradient).map { $0 + Double($1) }
      }
      trainer.network.clearGradients()
    }
    let own = try #require(gradients["fc.bias"]).elements
    #expect(zip(own, bias).allSatisfy { abs(Double($0) - $1) < 1e-6 / temperature })
    #expect(gradients.count == trainer.network.parameters.count)
    for (path, sum) in sums {
      let got = try #require(gradients[path]).elements
      let scale = sum.reduce(0) { max($0, abs($1)) }
      #expect(zip(got, sum).allSatisfy { abs(Double($0) - $1) <= 1e-4 * scale + 1e-12 }, "\(path)")
    }
  }

  /// A weight's score is the loss's slope when its mask goes, by a difference of losses.
  @Test func snipsScoresAreSlopesOfTheLoss() throws {
    let place = try TinyWorkplace()
    let trainer = try trainer(place)
    let config = PruningConfig(
      method: .snip(examples: 16), structure: .unstructured, sparsity: 0.5, budget: Budget(rule: .global, cap: 1),
      schedule: PruningSchedule(warmupEpochs: 0, rampEpochs: 0), eligibility: .allConvolutionAndLinearWeights)
    let targets = config.targets(in: trainer.network, costs: trainer.costs)
    let scores = try Snip(examples: 16).scores(of: targets, probe: trainer.learner.probe)
    let all = examples(trainer, 16)
    func loss() -> Double {
      all.reduce(0) { sum, example in
        let logits = trainer.images.images(Variable(example.images), Pass(.evaluation)).value.elements
        return sum - log(softmax(logits, 1)[example.label]) / 16
      }
    }
    for (target, score) in zip(targets, scores).suffix(2) {
      guard let parameter = (target as? WeightTarget)?.parameter else { continue }
      let value = parameter.value
      let elements = score.elements
      let largest = try #require(elements.indices.max { elements[$0] < elements[$1] })
      func lossWith(_ factor: Float) -> Double {
        parameter.value.withMutableElements { $0[largest] *= factor }
        defer { parameter.value = value }
        return loss()
      }
      let slope = abs(lossWith(1.05) - lossWith(0.95)) / 0.1
      #expect(abs(slope - Double(elements[largest])) < 0.02 * slope, "\(target.path)")
      #expect(slope > 1e-6)
    }
  }

  // MARK: Flow

  /// Without shortcuts each layer passes the whole flow on.
  @Test(arguments: [ModelConfig.Architecture.mobileNetV1], [false, true])
  func theFlowIsTheSameInEveryLayer(architecture: ModelConfig.Architecture, isTrained: Bool) throws {
    let place = try TinyWorkplace()
    let trainer = try trainer(place, architecture)
    if isTrained {
      // Shifts and means of a trained network do not count.
      for (index, own) in trainer.network.statistics.enumerated() {
        own.statistics.mean = Tensor(repeating: Float(index % 3) - 1, shape: own.statistics.mean.shape)
      }
      for (path, parameter) in trainer.network.parameters where path.hasSuffix("bias") {
        parameter.value = Tensor(repeating: 0.3, shape: parameter.shape)
      }
    }
    let gradients = try trainer.learner.probe.magnitudeFlow()
    let flows = try trainer.costs.filter(\.hasWeight).map { layer -> Double in
      let weight = try #require(trainer.network.parameters.first { $0.path == layer.path }).parameter.value.elements
      let gradient = try #require(gradients[layer.path]).elements
      #expect(gradient.allSatisfy { $0 >= 0 && $0.isFinite })
      return zip(weight, gradient).reduce(0) { $0 + Double(abs($1.0)) * Double($1.1) }
    }
    #expect(flows.count == 28 && flows[0] > 0)
    #expect(flows.allSatisfy { abs($0 - flows[0]) < 1e-4 * flows[0] })
  }

  // MARK: What is left behind

  @Test func probesLeaveEverythingAsItWas() throws {
    let place = try TinyWorkplace()
    let trainer = try trainer(place)
    let network = trainer.network
    for (path, parameter) in network.parameters {
      parameter.gradient = Tensor(repeating: Float(path.count), shape: parameter.shape)
    }
    network.parameters[0].parameter.effective = Tensor(repeating: 2, shape: network.parameters[0].parameter.shape)
    let before = network.state.mapValues(\.elements)
    func expectUntouched(_ what: String) {
      #expect(network.state.mapValues(\.elements) == before, "\(what)")
      #expect(
        network.parameters.allSatisfy { $0.parameter.gradient?.elements.first == Float($0.path.count) }, "\(what)")
      #expect(network.parameters[0].parameter.effective?.elements.first == 2, "\(what)")
    }
    _ = try trainer.learner.probe.gradients(ProbeSettings(examples: 8, mode: .training))
    expectUntouched("gradients")
    _ = try trainer.learner.probe.magnitudeFlow()
    expectUntouched("flow")
    let config = PruningConfig(
      method: .grasp(examples: 8), structure: .unstructured, sparsity: 0.5, budget: Budget(rule: .global, cap: 1),
      schedule: PruningSchedule(warmupEpochs: 0, rampEpochs: 0), eligibility: .allConvolutionAndLinearWeights)
    _ = try GradientFlow(examples: 8).scores(
      of: config.targets(in: network, costs: trainer.costs), probe: trainer.learner.probe)
    expectUntouched("gradient flow")
    let groups = network.channelGroups().filter(\.isPrunable).map { ChannelTarget($0, minimum: 1, multiple: 1) }
    let maps = try trainer.learner.probe.featureMaps(of: groups, examples: 12)
    expectUntouched("feature maps")
    #expect(zip(maps, groups).allSatisfy { $0.shape[0] == 12 && $0.shape[1] == $1.count })
  }
}
