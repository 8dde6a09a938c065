import Foundation
import Kernels
import Networks
import Pruning
import Testing

@testable import Training

/// Training with what the studies' first recipes do not set.
@Suite struct OptimizationTests {
  /// AdamW in two groups with clipping and an average.
  private func job(_ place: TinyWorkplace, _ method: MethodConfig, name: String = "run") throws -> TrainingJob {
    var job = try place.job(method, name: name)
    job.training.optimizer = .adamW(
      AdamConfig(beta1: 0.9, beta2: 0.99, epsilon: 1e-8, weightDecay: 0, decayScope: .allParameters))
    job.training.parameterGroups = [
      ParameterGroup(.role(.weight), rateFactor: 1, weightDecay: 0.05),
      ParameterGroup(.everything, rateFactor: 2, weightDecay: 0),
    ]
    job.training.learningRate = .linear(peak: 0.01, warmupEpochs: 1)
    job.training.gradientNormLimit = 0.5
    job.training.averaging = AveragingConfig(decay: 0.8, warmsUp: true)
    return job
  }

  /// Stops at epochs' ends and between them.
  @Test(
    arguments: [.dense, .pdp(temperature: .absolute(1e-4)), .gmp(storage: .projected)] as [MethodConfig],
    [[1], [2, 3], [7]])
  func aResumedRunEqualsAnUninterruptedOne(method: MethodConfig, stops: [Int]) throws {
    let place = try TinyWorkplace()
    var (whole, pieces) = (Record(), Record())
    let outcome = try job(place, method, name: "whole").run(into: &whole)
    let parts = try job(place, method, name: "pieces")
    for stop in stops { _ = try parts.run(into: &pieces, stoppingAfter: stop) }
    #expect(try parts.run(into: &pieces) == outcome)
    #expect(pieces.repeatableMetrics == whole.repeatableMetrics)
    #expect(pieces.repeatableResults == whole.repeatableResults)
    #expect(pieces.events.count { $0.hasPrefix("resumed: ") } == stops.count)
  }

  /// Each setting changes the outcome, so that none is read and then forgotten.
  @Test func everySettingCounts() throws {
    let place = try TinyWorkplace()
    var outcomes: [TrainingOutcome] = []
    for (index, change)
      in ([
        { _ in }, { $0.parameterGroups = nil }, { $0.gradientNormLimit = nil }, { $0.averaging = nil },
        { $0.averaging?.warmsUp = false },
      ] as [(inout TrainingConfig) -> Void]).enumerated()
    {
      var job = try job(place, .dense, name: "run\(index)")
      change(&job.training)
      var record = Record()
      outcomes.append(try job.run(into: &record))
    }
    for (index, outcome) in outcomes.enumerated() {
      #expect(outcomes.firstIndex(of: outcome) == index)
    }
  }

  /// The weights that are exported score what the run declared, and the mask is exact on the average.
  @Test(arguments: [MethodConfig.pdp(temperature: .absolute(1e-4)), .gmp(storage: .projected)])
  func theAverageIsWhatIsEvaluatedAndExported(method: MethodConfig) throws {
    let place = try TinyWorkplace()
    let job = try job(place, method)
    var record = Record()
    _ = try job.run(into: &record)
    #expect(record.results["weights-pruned-achieved"] == record.results["weights-pruned-requested"])
    let split = try place.split(for: job)
    let trainer = try Trainer(job, ImageLearner(job.images, job, training: split.training, test: split.test))
    try trainer.network.load(SafetensorsFile(readingFrom: job.exportTo).tensors)
    #expect(record.results["loss"] == trainer.evaluate().loss)
    #expect(record.metrics.last { $0.name == "loss" && $0.split == "test" }?.value == record.results["loss"])
  }

  @Test func projectedWeightsHaveNoMomentLeft() throws {
    let place = try TinyWorkplace()
    let job = try job(place, .gmp(storage: .projected))
    var record = Record()
    _ = try job.run(into: &record)
    let folder = job.checkpoints.appending(path: "step-00000012")
    let weights = try SafetensorsFile(readingFrom: folder.appending(path: "weights.safetensors")).tensors
    let moments = try SafetensorsFile(readingFrom: folder.appending(path: "optimizer.safetensors")).tensors
    let weight = try #require(weights["layer1.0.conv1.weight"]).elements
    #expect(weight.contains(0))
    for name in ["exp_avg", "exp_avg_sq"] {
      let moment = try #require(moments["layer1.0.conv1.weight.\(name)"]).elements
      #expect(zip(weight, moment).allSatisfy { $0 != 0 || $1 == 0 }, "\(name)")
      #expect(moment.contains { $0 != 0 }, "\(name)")
    }
  }

  @Test func checkpointsOfPlainRunsHaveNothingNew() throws {
    let place = try TinyWorkplace()
    let job = try place.job()
    var record = Record()
    _ = try job.run(into: &record, stoppingAfter: 1)
    let folder = job.checkpoints.appending(path: "step-00000001")
    #expect(
      try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted()
        == ["manifest.json", "optimizer.safetensors", "state.json", "weights.safetensors"])
    let state = try String(contentsOf: folder.appending(path: "state.json"), encoding: .utf8)
    #expect(!state.contains("pdates\""))
    let moments = try SafetensorsFile(readingFrom: folder.appending(path: "optimizer.safetensors")).tensors
    #expect(moments.keys.sorted() == Network(job.images).parameters.map(\.path).sorted())
  }

  /// An infinite gradient has no direction that clipping could keep.
  @Test func gradientsThatAreNotFiniteAreDivergence() throws {
    let place = try TinyWorkplace()
    var job = try place.job()
    job.training.gradientNormLimit = 1
    let split = try place.split(for: job)
    let trainer = try Trainer(job, ImageLearner(job.images, job, training: split.training, test: split.test))
    var state = trainer.network.state
    // Scores of about 1e25 whose loss is finite; on the way back each factor multiplies, which on the way forward the
    // tiny weight takes out.
    state["fc.weight"] = Tensor((0..<128).map { $0 < 64 ? 1e25 : 0 }, shape: [2, 64])
    state["layer4.1.bn1.weight"] = Tensor(repeating: 1e10, shape: [64])
    state["layer4.1.conv2.weight"] = Tensor(repeating: 1e-20, shape: [64, 64, 3, 3])
    state["layer4.1.bn2.weight"] = Tensor(repeating: 1e10, shape: [64])
    try trainer.network.load(state)
    guard case .diverged(let step, let message) = try trainer.run(report: { _ in }, shouldStop: { false }) else {
      Issue.record("the run did not diverge")
      return
    }
    #expect(step == 0)
    #expect(message.hasPrefix("the norm of the gradients became "))
    #expect(message.contains("the first parameter with a non-finite value or gradient is '"))
  }

  @Test func configurationsOfEarlierVersionsKeepTheirText() throws {
    let config = TrainingConfig(
      epochs: 4, batchSize: 8,
      optimizer: .sgd(SGDConfig(momentum: 0.5, nesterov: true, weightDecay: 0.25, decayScope: .weightsOnly)),
      learningRate: .cosine(peak: 0.5, warmupEpochs: 1), labelSmoothing: 0, evaluationInterval: 2)
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys]
    let text = String(decoding: try encoder.encode(config), as: UTF8.self)
    #expect(
      text == """
        {"batchSize":8,"epochs":4,"evaluationInterval":2,"labelSmoothing":0,"learningRate":{"cosine":{"peak":0.5,\
        "warmupEpochs":1}},"optimizer":{"sgd":{"_0":{"decayScope":"weights-only","momentum":0.5,"nesterov":true,\
        "weightDecay":0.25}}}}
        """)
    #expect(try JSONDecoder().decode(TrainingConfig.self, from: Data(text.utf8)) == config)
    var other = config
    other.averaging = AveragingConfig(decay: 0.5, warmsUp: false)
    other.gradientNormLimit = 2
    other.parameterGroups = [ParameterGroup(.paths(matching: "fc.*"), rateFactor: 1, weightDecay: 0)]
    #expect(try JSONDecoder().decode(TrainingConfig.self, from: encoder.encode(other)) == other)
  }
}
