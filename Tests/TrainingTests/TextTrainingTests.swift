import Autodiff
import Datasets
import Foundation
import Kernels
import Networks
import Pruning
import Testing

@testable import Training

@Suite struct TextTrainingTests {
  static let methods: [MethodConfig] = [
    .dense, .pdp(temperature: .absolute(1e-4)), .gmp(storage: .projected), .movement(scoreRate: 1e-2), .oneShot,
    .softMovement(scoreRate: 1e-2, threshold: 0.1, penalty: 1), .str(initial: -5, decay: 1e-3), .optG(steepness: 8),
  ]

  @Test(arguments: BertModelConfig.Pooling.allCases) func opinionsAreLearnt(pooling: BertModelConfig.Pooling) throws {
    let place = try TinyTextPlace()
    var record = Record()
    _ = try place.job(epochs: 20, pooling: pooling).run(into: &record)
    #expect(record.results["top1"] == 1)
    #expect(record.results["f1"] == 1)
    #expect(record.results["matthews"] == 1)
    let losses = record.metrics.filter { $0.name == "loss" && $0.split == "train" }.map(\.value)
    #expect(losses[0] > 0.5 && losses[losses.count - 1] < 0.1)
  }

  @Test func scoresAreLearnt() throws {
    let place = try TinyTextPlace(scored: true)
    var record = Record()
    _ = try place.job(epochs: 20).run(into: &record)
    let pearson = try #require(record.results["pearson"])
    #expect(pearson > 0.95)
    #expect(record.results["spearman"] != nil && record.results["pearson-soft"] == pearson)
    #expect(record.results["top1"] == nil)
    #expect(!record.metrics.contains { $0.name == "top1" })
  }

  /// Stops in the middle of an epoch and at its end; dropout, order and teacher go on as if nothing had been.
  @Test(arguments: methods, [false, true])
  func aResumedRunEqualsAnUninterruptedOne(method: MethodConfig, isTaught: Bool) throws {
    let place = try TinyTextPlace()
    func job(_ name: String) throws -> TrainingJob {
      var job = try place.job(method, name: name)
      if isTaught {
        job.training.distillation = DistillationConfig(taskWeight: 0.05, teacherWeight: 0.95, temperature: 2)
        job.teacher = try teacher(place)
      }
      return job
    }
    var whole = Record()
    let outcome = try job("whole").run(into: &whole)
    var pieces = Record()
    let interrupted = try job("pieces")
    #expect(try interrupted.run(into: &pieces, stoppingAfter: 3) == .interrupted(step: 3))
    #expect(try interrupted.run(into: &pieces, stoppingAfter: 2) == .interrupted(step: 5))
    #expect(try interrupted.run(into: &pieces) == outcome)
    #expect(pieces.repeatableMetrics == whole.repeatableMetrics)
    #expect(pieces.layerPoints == whole.layerPoints)
    #expect(pieces.repeatableResults == whole.repeatableResults)
  }

  /// Weights of a network that knows nothing but its own initial ones.
  private func teacher(_ place: TinyTextPlace) throws -> URL {
    let job = try place.job(name: "teacher")
    try SafetensorsFile(tensors: BertClassifier(job.text.network, seed: Seed(77)).state).encoded().write(
      to: job.exportTo)
    return job.exportTo
  }

  /// With no weight on the labels a student comes to say what its teacher says, right or wrong.
  @Test func studentsLearnFromTheTeacherAndNotFromTheLabels() throws {
    let place = try TinyTextPlace()
    let teacher = try place.job(epochs: 12, name: "teacher")
    var record = Record()
    _ = try teacher.run(into: &record)
    // A teacher that always says the opposite.
    var tensors = try SafetensorsFile(readingFrom: teacher.exportTo).tensors
    for name in ["classifier.weight", "classifier.bias"] {
      tensors[name] = tensors[name].map { Elementwise.scaled($0, by: -1) }
    }
    try SafetensorsFile(tensors: tensors).encoded().write(to: teacher.exportTo)
    var student = try place.job(epochs: 12, name: "student")
    student.training.distillation = DistillationConfig(taskWeight: 0, teacherWeight: 1, temperature: 2)
    student.teacher = teacher.exportTo
    var learnt = Record()
    _ = try student.run(into: &learnt)
    let right = try #require(record.results["top1"])
    #expect(right > 0.8)
    #expect(try #require(learnt.results["top1"]) < 0.2)
  }

  @Test(arguments: [
    (MethodConfig.pdp(temperature: .absolute(1e-4)), Structure.unstructured, 0.6),
    (.movement(scoreRate: 1e-2), .unstructured, 0.6), (.gmp(storage: .shadow), .unstructured, 0.9),
    (.pdp(temperature: .relative(0.05)), .groups(keeping: 2, of: 4), 0.5),
    (.pdp(temperature: .relative(0.005)), .channels(minimum: 1, multiple: 1), 0.5),
  ])
  func onlyTheEncodersMapsArePrunedAndAllThatWasAskedFor(
    method: MethodConfig, structure: Structure, sparsity: Double
  ) throws {
    let place = try TinyTextPlace()
    let job = try place.job(method, sparsity: sparsity, structure: structure)
    var record = Record()
    _ = try job.run(into: &record)
    let unit = structure.kind == .channels ? "channels" : "weights"
    let asked = try #require(record.results["\(unit)-pruned-requested"])
    #expect(record.results["\(unit)-pruned-scheduled"] == asked)
    #expect(record.results["\(unit)-pruned-achieved"] == asked)
    let prunable = try #require(record.results["\(unit)-prunable"])
    #expect(abs(asked / prunable - sparsity) < 0.02)
    let tensors = try SafetensorsFile(readingFrom: job.exportTo).tensors
    for (name, tensor) in tensors where name.hasSuffix("weight") && !name.hasPrefix("bert.encoder.") {
      #expect(tensor.zeroCount == 0, "\(name)")
    }
    let described = record.layers.filter { !$0.isPrunable }.map(\.name)
    #expect(described.contains("classifier.weight"))
    #expect(record.layers.filter(\.isPrunable).allSatisfy { $0.name.hasPrefix("bert.encoder.") })
    if structure.kind == .channels { #expect(try #require(record.results["shrunk-deviation"]) < 1e-5) }
  }

  @Test func lengthsAndPaddingAreRecorded() throws {
    let place = try TinyTextPlace()
    var record = Record()
    _ = try place.job(epochs: 1).run(into: &record)
    let lengths = record.metrics.filter { $0.split == MetricPoint.lengthsSplit }
    #expect(lengths.filter { $0.name == "training-texts" }.reduce(0) { $0 + $1.value } == 48)
    #expect(lengths.filter { $0.name == "test-texts" }.reduce(0) { $0 + $1.value } == 12)
    #expect(lengths.allSatisfy { $0.step >= 4 && $0.step <= 12 && $0.epoch == 0 })
    let padding = try #require(record.results["padding-share"])
    #expect(padding >= 0 && padding < 0.2)
    #expect(record.events.contains { $0.hasPrefix("texts: 48 training texts in ") })
  }

  @Test func encodersOfAnotherSizeAreRefused() throws {
    let place = try TinyTextPlace()
    var job = try place.job()
    job.text.network.encoder.intermediateSize = 32
    var record = Record()
    #expect(
      throws: TrainingError.otherEncoder(
        encoder: "tiny-bert", field: "intermediate_size", planned: "32", found: "24")
    ) { _ = try job.run(into: &record) }
  }

  @Test func layersMayBeLeftOut() throws {
    let place = try TinyTextPlace()
    var job = try place.job(epochs: 1)
    job.text.network.encoder.layers = 1
    job.text.isCut = true
    var record = Record()
    _ = try job.run(into: &record)
    #expect(record.layers.filter(\.isPrunable).count == 6)
  }

  @Test func networksThatReadTextAreToldFromOthersByTheirConfiguration() throws {
    let place = try TinyTextPlace()
    for model in [
      try place.job().model,
      .images(ModelConfig(architecture: .resNet18, width: 1, stem: .small, inputChannels: 1, classes: 2)),
    ] {
      let data = try JSONEncoder().encode(model)
      #expect(try JSONDecoder().decode(NetworkConfig.self, from: data) == model)
    }
  }
}
