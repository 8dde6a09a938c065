import Datasets
import Digests
import Foundation
import Kernels
import Networks
import Pruning

@testable import Training

/// A folder with a tiny data set, in which jobs are run; removed with this object.
///
/// Images are 8x8, grey, of two classes: bright on the left or on the right, with noise.
final class TinyWorkplace {
  let url: URL
  private let fingerprint: String
  static let training = 24
  static let test = 7

  init() throws {
    url = FileManager.default.temporaryDirectory.appending(path: "training-\(UUID().uuidString)")
    let noise = Seed(5).stream("pixels")
    var pixels: [UInt8] = []
    var labels: [UInt8] = []
    for image in 0..<(Self.training + Self.test) {
      labels.append(UInt8(image % 2))
      for pixel in 0..<64 {
        let isBright = (pixel % 8 < 4) == (image % 2 == 0)
        pixels.append(UInt8((isBright ? 120 : 40) + noise.integer(below: 100, at: image * 64 + pixel)))
      }
    }
    let border = Self.training * 64
    let files: [(name: String, role: Manifest.Role, data: Data)] = [
      ("train-images", .trainingImages, idx(Array(pixels[..<border]), [Self.training, 8, 8])),
      ("train-labels", .trainingLabels, idx(Array(labels[..<Self.training]), [Self.training])),
      ("test-images", .testImages, idx(Array(pixels[border...]), [Self.test, 8, 8])),
      ("test-labels", .testLabels, idx(Array(labels[Self.training...]), [Self.test])),
    ]
    let manifest = Manifest(
      name: "sides", title: "Sides", note: "", licence: "none",
      origin: .debianPackage(package: "dataset-sides", version: "1"),
      content: .images(
        ImageContent(
          shape: ImageShape(channels: 1, height: 8, width: 8), classCount: 2, classes: ["left", "right"],
          partition: .official(training: Self.training, test: Self.test))),
      files: files.map {
        .init(
          name: $0.name, role: $0.role, bytes: $0.data.count, sha256: SHA256Digest(of: $0.data).description,
          member: "usr/share/\($0.name)")
      })
    let folder = url.appending(path: "datasets/sides")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    for file in files { try file.data.write(to: folder.appending(path: file.name)) }
    try JSONEncoder().encode(manifest).write(to: folder.appending(path: "manifest.json"))
    fingerprint = manifest.fingerprint
  }

  deinit { try? FileManager.default.removeItem(at: url) }

  var datasets: URL { url.appending(path: "datasets") }

  /// A job of four epochs of three steps; `name` is its folder.
  func job(
    _ method: MethodConfig = .dense, sparsity: Double = 0.6, epochs: Int = 4, name: String = "run"
  ) throws -> TrainingJob {
    let folder = url.appending(path: name)
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    let sgd = SGDConfig(momentum: 0.9, nesterov: true, weightDecay: 5e-4, decayScope: .allParameters)
    return TrainingJob(
      model: .images(
        ModelConfig(architecture: .resNet18, width: 0.125, stem: .small, inputChannels: 1, classes: 2)),
      data: DataConfig(
        dataset: "sides", fingerprint: fingerprint, trainingLimit: nil, evaluationLimit: nil,
        augmentation: Augmentation(cropPadding: 1, flipsHorizontally: false)),
      training: TrainingConfig(
        epochs: epochs, batchSize: 8, optimizer: .sgd(sgd), learningRate: .cosine(peak: 0.05, warmupEpochs: 1),
        labelSmoothing: 0, evaluationInterval: 2),
      pruning: PruningConfig(
        method: method, structure: .unstructured, sparsity: method == .dense ? 0 : sparsity,
        budget: Budget(rule: .global, cap: 0.98), schedule: PruningSchedule(warmupEpochs: 1, rampEpochs: 2),
        eligibility: .allConvolutionAndLinearWeights),
      seed: Seed(11), replicate: 0, datasets: datasets, checkpoints: folder.appending(path: "checkpoints"),
      exportTo: folder.appending(path: "model.safetensors"))
  }
}

/// What a job reported.
struct Record {
  private(set) var metrics: [MetricPoint] = []
  private(set) var layerPoints: [LayerPoint] = []
  private(set) var layers: [LayerDescription] = []
  private(set) var results: [String: Double] = [:]
  private(set) var events: [String] = []
  private(set) var checkpoints: [CheckpointRecord] = []

  /// Metrics that do not measure time.
  var repeatableMetrics: [MetricPoint] { metrics.filter { $0.name != "examples-per-second" } }

  /// Results that do not measure time or memory.
  var repeatableResults: [String: Double] {
    results.filter { !$0.key.hasSuffix("-seconds") && $0.key != "peak-memory-bytes" }
  }

  mutating func add(_ fact: TrainingFact) {
    switch fact {
    case .layers(let layers): self.layers = layers
    case .metric(let point): metrics.append(point)
    case .layer(let point): layerPoints.append(point)
    case .checkpointBegins: break
    case .checkpoint(let record): checkpoints.append(record)
    case .event(_, let kind, let message): events.append("\(kind): \(message)")
    case .result(let name, _, let value): results[name] = value
    }
  }
}

extension Trainer {
  /// The learner, of a job with images.
  var images: ImageLearner {
    guard let learner = learner as? ImageLearner else { preconditionFailure("the job's network reads no images") }
    return learner
  }
}

extension TrainingJob {
  /// The network's configuration, of a job with images.
  var images: ModelConfig {
    get {
      guard case .images(let config) = model else { preconditionFailure("the job's network reads no images") }
      return config
    }
    set { model = .images(newValue) }
  }
  /// Runs to the end, or to a stop before step `stop` of this attempt.
  func run(into record: inout Record, stoppingAfter stop: Int = .max) throws -> TrainingOutcome {
    var asked = 0
    return try run(
      report: { record.add($0) },
      shouldStop: {
        asked += 1
        return asked > stop
      })
  }
}

/// Bytes as an IDX file of unsigned bytes.
private func idx(_ bytes: [UInt8], _ extents: [Int]) -> Data {
  var file = Data([0, 0, 8, UInt8(extents.count)])
  for extent in extents { file.append(contentsOf: [0, 0, UInt8(extent >> 8), UInt8(extent & 255)]) }
  return file + Data(bytes)
}
