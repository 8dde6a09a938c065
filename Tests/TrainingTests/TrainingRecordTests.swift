import Datasets
import Digests
import Foundation
import Kernels
import ModelFiles
import Networks
import Pruning
import Testing

@testable import Training

/// What a run reports, number by number.
@Suite struct TrainingRecordTests {
  private static let pdp = MethodConfig.pdp(temperature: .absolute(1e-4))

  /// Digest of a tiny run's weights where it was taken: oneDNN limited to AVX2, OpenBLAS's kernels for AMD Zen, and 2
  /// threads, since sums are divided among them.
  ///
  /// Machines with wider vectors, for which oneDNN has other kernels, get other bits.
  private static let pinned = "4ef802a07bb0b1096e0442c235a4bcea0680002717b3fe11a5090980618c837b"

  private static let isPinnedMachine: Bool = {
    let cores = Libraries.versions["openblas"]?.split(separator: " ") ?? []
    let flags = (try? String(contentsOfFile: "/proc/cpuinfo", encoding: .utf8)) ?? ""
    return ThreadPool.size == 2 && cores.contains("Zen") && !flags.contains(" avx512f ")
  }()

  /// If the digest moves, trained networks have changed: raise `Numerics.version` and pin the new one.
  @Test(.enabled(if: isPinnedMachine, "the digest is pinned for 2 threads, AVX2 and OpenBLAS core 'Zen'"))
  func weightsOfATinyRunAreThese() throws {
    let place = try TinyWorkplace()
    var record = Record()
    let outcome = try place.job(Self.pdp).run(into: &record)
    #expect(Numerics.version == 2)
    #expect(outcome == .finished(step: 12, weightsDigest: Self.pinned))
  }

  @Test func costsAndParametersAreThoseCountedByHand() throws {
    let place = try TinyWorkplace()
    var record = Record()
    _ = try place.job(epochs: 1).run(into: &record)
    // Multiplications a position times positions, stage by stage: 8x8, 4x4, 2x2 and 1x1 images.
    let convolutions = (72 + 4 * 576) * 64 + (1152 + 3 * 2304 + 128) * 16 + (4608 + 3 * 9216 + 512) * 4
    let macs = convolutions + (18_432 + 3 * 36_864 + 2048) + 64 * 2
    #expect(macs == 545_408)
    #expect(record.results["macs-dense"] == 545_408)
    #expect(record.results["macs-nonzero"] == 545_408)
    // Scale and shift of 8 + 4 * 8 + 5 * (16 + 32 + 64) channels, and two biases.
    #expect(record.results["weights-prunable"] == 174_536)
    let parameters = 174_536.0 + 1200 + 2
    #expect(record.results["parameters"] == parameters)
    #expect(record.results["parameters-nonzero"] == parameters)
    #expect((record.results["peak-memory-bytes"] ?? 0) > 1e6)
  }

  @Test func storedBytesAreThoseOfTheTwoFilesWithoutMetadata() throws {
    let place = try TinyWorkplace()
    var record = Record()
    let job = try place.job(Self.pdp, sparsity: 0.9)
    _ = try job.run(into: &record)
    let tensors = try SafetensorsFile(readingFrom: job.exportTo).tensors
    let dense = SafetensorsFile(tensors: tensors)
    #expect(try record.results["stored-bytes-dense"] == Double(dense.encoded().count))
    #expect(try record.results["stored-bytes"] == Double(CompactFile(of: dense).encoded().count))
    let share = try #require(record.results["stored-bytes"]) / #require(record.results["stored-bytes-dense"])
    #expect(share < 0.25)
  }

  @Test func everyEpochHasItsRows() throws {
    let place = try TinyWorkplace()
    var record = Record()
    _ = try place.job(Self.pdp, sparsity: 0.6).run(into: &record)
    func values(_ name: String, _ split: String) -> [Double] {
      record.metrics.filter { $0.name == name && $0.split == split }.map(\.value)
    }
    let train = record.metrics.filter { $0.split == "train" }
    #expect(
      train.map(\.name).prefix(5) == ["loss", "top1", "learning-rate", "sparsity-scheduled", "examples-per-second"])
    #expect(train.map(\.step) == [3, 6, 9, 12].flatMap { Array(repeating: $0, count: 5) })
    #expect(train.map(\.epoch) == [1, 2, 3, 4].flatMap { Array(repeating: $0, count: 5) })
    // The rate of each epoch's last step: a warm-up of one epoch, then a cosine over nine steps.
    let expected: [Double] = [2, 5, 8, 11].map { (step: Double) -> Double in
      let progress: Double = (step - 3) / 9
      return step < 3 ? 0.05 * step / 3 : 0.025 * (1 + cos(Double.pi * progress))
    }
    #expect(zip(values("learning-rate", "train"), expected).allSatisfy { abs($0 - $1) < 1e-15 })
    // Pruning starts after one epoch and takes two: shares 0, 0, 1/2, 1, of each layer's part.
    let sparsities = values("sparsity-scheduled", "train")
    #expect(sparsities[0] == 0 && sparsities[1] == 0)
    #expect(abs(sparsities[2] - 0.3) < 1e-4)
    #expect(sparsities[3] == (0.6 * 174_536).rounded() / 174_536)
    // Evaluated every second epoch.
    #expect(record.metrics.filter { $0.split == "test" && $0.name == "top1-soft" }.map(\.step) == [6, 12])
    #expect(values("loss", "test").count == 2 && values("top1", "test").count == 2)
    #expect(values("sparsity-achieved", "test") == [sparsities[3]])
    #expect(record.layerPoints.map(\.step) == [6, 12].flatMap { Array(repeating: $0, count: 21) })
  }

  /// The loss grows in proportion to the smoothing, and evaluation knows nothing of it.
  @Test func labelSmoothingActsOnTheTrainingLossOnly() throws {
    let place = try TinyWorkplace()
    var losses: [(train: Double, test: Double)] = []
    for (index, smoothing) in [0, 0.2, 0.4].enumerated() {
      var job = try place.job(epochs: 1, name: "run\(index)")
      job.training.labelSmoothing = smoothing
      job.training.learningRate = .cosine(peak: 0, warmupEpochs: 0)
      var record = Record()
      _ = try job.run(into: &record)
      func loss(_ split: String) throws -> Double {
        try #require(record.metrics.first { $0.name == "loss" && $0.split == split }?.value)
      }
      losses.append((try loss("train"), try loss("test")))
    }
    #expect(abs((losses[2].train - losses[0].train) - 2 * (losses[1].train - losses[0].train)) < 1e-6)
    #expect(abs(losses[2].train - losses[0].train) > 1e-4)
    #expect(losses[0].test == losses[1].test && losses[1].test == losses[2].test)
  }

  /// 253 examples take a batch of 250 and one of 3.
  @Test func theLastShortBatchOfAnEvaluationCountsByItsExamples() throws {
    let place = try TinyWorkplace()
    let job = try place.job()
    let few = try place.split(for: job)
    let noise = Seed(8).stream("pixels")
    let data = ImageDataset(
      name: "noise", fingerprint: "f", shape: ImageShape(channels: 1, height: 8, width: 8), classes: ["left", "right"],
      partition: .official(training: 1, test: 253),
      pixels: (0..<(254 * 64)).map { UInt8(noise.integer(below: 256, at: $0)) },
      // The short batch is of one class, so that it differs from the rest.
      labels: (0..<254).map { $0 > 250 ? 1 : $0 % 2 })
    let config = DataConfig(
      dataset: "noise", fingerprint: "f", trainingLimit: nil, evaluationLimit: nil, augmentation: job.data.augmentation)
    let test = try data.split(replicate: 0, config: config).test
    let whole = try Trainer(job, ImageLearner(job.images, job, training: few.training, test: test)).evaluate()
    var (loss, accuracy) = (0.0, 0.0)
    for index in test.indices {
      let one = ImageSubset(of: data, at: [index], normalization: test.normalization)
      let score = try Trainer(job, ImageLearner(job.images, job, training: few.training, test: one)).evaluate()
      loss += score.loss
      accuracy += score.headline.value
    }
    #expect(test.count == 253)
    #expect(whole.headline.value == accuracy / 253)
    #expect(abs(whole.loss - loss / 253) < 1e-5)
  }

  @Test func whatTheCapChangesIsSaid() throws {
    let place = try TinyWorkplace()
    var job = try place.job(Self.pdp, sparsity: 0.6)
    job.pruning.budget.cap = 0.65
    var record = Record()
    _ = try job.run(into: &record)
    let capped = record.events.filter { $0.hasPrefix("budget-capped: ") }
    #expect(!capped.isEmpty)
    for event in capped {
      #expect(
        event.contains(
          /^budget-capped: layer '[a-z0-9.]+' would lose \d+\.\d\d % of its weights; its cap allows 6[45]\.\d\d %$/))
    }
    for point in record.layerPoints where point.step == 12 {
      #expect(point.total - point.nonzero <= Int(0.65 * Double(point.total)))
    }
    #expect(record.results["weights-pruned-achieved"] == (0.6 * 174_536).rounded())
  }

  /// 4 epochs of 3 steps, the ramp over after 3: a sigmoid of 0.5 an epoch is at 0.6225 there, one of 8 at 0.9997.
  @Test func aTargetThatTheRampDoesNotComeToIsSaid() throws {
    let place = try TinyWorkplace()
    for (steepness, expected) in [
      (
        0.5,
        [
          "target-forced: the ramp of method 'optg' ends at 62.25 % of the target, the rest of which is pruned at once at "
            + "step 9; a steeper one comes nearer"
        ]
      ), (8, []),
    ] {
      var record = Record()
      _ = try place.job(.optG(steepness: steepness), sparsity: 0.6, name: "\(steepness)").run(into: &record)
      #expect(record.events.filter { $0.hasPrefix("target-forced") } == expected)
    }
  }

  @Test func aRunStoppedBeforeItsFirstStepResumesAsIfNew() throws {
    let place = try TinyWorkplace()
    var (whole, pieces) = (Record(), Record())
    let outcome = try place.job(Self.pdp, name: "whole").run(into: &whole)
    let job = try place.job(Self.pdp, name: "pieces")
    #expect(try job.run(into: &pieces, stoppingAfter: 0) == .interrupted(step: 0))
    #expect(try job.run(into: &pieces) == outcome)
    #expect(pieces.repeatableMetrics == whole.repeatableMetrics)
  }

  @Test func whatTheReportThrowsEndsTheRun() throws {
    struct DiskFull: Error {}
    let place = try TinyWorkplace()
    let job = try place.job()
    #expect(throws: DiskFull.self) {
      try job.run(report: { fact in if case .metric = fact { throw DiskFull() } }, shouldStop: { false })
    }
  }
}
