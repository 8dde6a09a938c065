import Datasets
import Foundation
import Kernels
import Networks
import Pruning
import Testing

@testable import Training

@Suite struct TrainingJobTests {
  static let methods: [MethodConfig] = [
    .dense, .pdp(temperature: .absolute(1e-4)), .pdp(temperature: .relative(0.05)), .gmp(storage: .shadow),
    .gmp(storage: .projected), .oneShot, .random,
  ]

  @Test func tinyNetworkLearnsItsExamplesByHeart() throws {
    let place = try TinyWorkplace()
    var job = try place.job(epochs: 12)
    job.data.augmentation.cropPadding = 0
    job.training.evaluationInterval = 12
    var record = Record()
    _ = try job.run(into: &record)
    let loss = try #require(record.metrics.last { $0.name == "loss" && $0.split == "train" }?.value)
    #expect(loss < 0.05)
    #expect(record.results["top1"] == 1)
  }

  @Test(arguments: methods)
  func aRunTwiceGivesTheSameBits(method: MethodConfig) throws {
    let place = try TinyWorkplace()
    var (first, second) = (Record(), Record())
    let outcome = try place.job(method, name: "first").run(into: &first)
    #expect(try place.job(method, name: "second").run(into: &second) == outcome)
    #expect(first.repeatableMetrics == second.repeatableMetrics)
    #expect(first.layerPoints == second.layerPoints)
    #expect(first.repeatableResults == second.repeatableResults)
  }

  /// Stops in the middle of an epoch, at its end, and twice.
  @Test(arguments: methods, [[1], [4], [6], [2, 5]])
  func aResumedRunEqualsAnUninterruptedOne(method: MethodConfig, stops: [Int]) throws {
    let place = try TinyWorkplace()
    var whole = Record()
    let outcome = try place.job(method, name: "whole").run(into: &whole)
    var pieces = Record()
    let job = try place.job(method, name: "pieces")
    var done = 0
    for stop in stops {
      done += stop
      #expect(try job.run(into: &pieces, stoppingAfter: stop) == .interrupted(step: done))
    }
    #expect(try job.run(into: &pieces) == outcome)
    #expect(pieces.repeatableMetrics == whole.repeatableMetrics)
    #expect(pieces.layerPoints == whole.layerPoints)
    #expect(pieces.repeatableResults == whole.repeatableResults)
    #expect(pieces.events.contains("resumed: resumed at step \(done) of 12"))
  }

  @Test(arguments: methods, [0.3, 0.6, 0.9])
  func requestedScheduledAndAchievedCountsAgree(method: MethodConfig, sparsity: Double) throws {
    let place = try TinyWorkplace()
    let job = try place.job(method, sparsity: sparsity)
    var record = Record()
    _ = try job.run(into: &record)
    let prunable = try #require(record.results["weights-prunable"])
    let requested = method == .dense ? 0 : (sparsity * prunable).rounded()
    #expect(record.results["weights-pruned-requested"] == requested)
    #expect(record.results["weights-pruned-scheduled"] == requested)
    #expect(record.results["weights-pruned-achieved"] == requested)
    let zeros = try exportedZeros(job, record.layers)
    #expect(zeros.values.reduce(0, +) == Int(requested))
    let nonzeroMACs = record.layers.reduce(0) { sum, layer in
      sum + layer.macs * (layer.parameters - zeros[layer.name, default: 0]) / layer.parameters
    }
    #expect(record.results["macs-nonzero"] == Double(nonzeroMACs))
  }

  @Test(arguments: methods)
  func theExportedNetworkScoresWhatTheRunDeclared(method: MethodConfig) throws {
    let place = try TinyWorkplace()
    let job = try place.job(method)
    var record = Record()
    _ = try job.run(into: &record)
    // A second trainer takes the exported weights and evaluates them as they are.
    let split = try place.split(for: job)
    let trainer = try Trainer(job, ImageLearner(job.images, job, training: split.training, test: split.test))
    try trainer.network.load(SafetensorsFile(readingFrom: job.exportTo).tensors)
    let score = trainer.evaluate()
    #expect(record.results["top1"] == score.headline.value)
    #expect(record.results["loss"] == score.loss)
    // The last evaluation during training saw the same hard masks.
    let last = record.metrics.last { $0.name == "loss" && $0.split == "test" }
    #expect(last?.value == score.loss)
  }

  @Test func softAndHardMasksScoreDifferentlyOnlyWithPDP() throws {
    for method in Self.methods {
      let place = try TinyWorkplace()
      // Half of a network of large temperature is neither kept nor dropped.
      let isSoft = if case .pdp = method { true } else { false }
      let job = try place.job(isSoft ? .pdp(temperature: .absolute(0.05)) : method)
      let split = try place.split(for: job)
      let trainer = try Trainer(job, ImageLearner(job.images, job, training: split.training, test: split.test))
      _ = try trainer.run(report: { _ in }, shouldStop: { trainer.step == 9 })
      let scores = trainer.evaluateUnderMasks()
      #expect((scores.asTrained.loss != scores.hard.loss) == isSoft, "\(method)")
    }
  }

  @Test func evaluationCountsEveryExample() throws {
    let place = try TinyWorkplace()
    let job = try place.job()
    let split = try place.split(for: job)
    let trainer = try Trainer(job, ImageLearner(job.images, job, training: split.training, test: split.test))
    let accuracy = trainer.evaluate().headline.value
    #expect((accuracy * Double(TinyWorkplace.test)).rounded() == accuracy * Double(TinyWorkplace.test))
  }

  @Test func aLossThatExplodesIsDivergenceAndNamesAParameter() throws {
    let place = try TinyWorkplace()
    var job = try place.job()
    job.training.learningRate = .cosine(peak: 1e30, warmupEpochs: 0)
    var record = Record()
    guard case .diverged(let step, let message) = try job.run(into: &record) else {
      Issue.record("the run did not diverge")
      return
    }
    #expect(step > 0 && step < 12)
    #expect(message.hasPrefix("the loss became "))
    #expect(message.contains("the first parameter with a non-finite value or gradient is 'conv1.weight'"))
    #expect(record.results.isEmpty)
  }

  private func exportedZeros(_ job: TrainingJob, _ layers: [LayerDescription]) throws -> [String: Int] {
    let state = try SafetensorsFile(readingFrom: job.exportTo).tensors
    var zeros: [String: Int] = [:]
    for layer in layers { zeros[layer.name] = try #require(state[layer.name]).elements.count { $0 == 0 } }
    return zeros
  }
}
